import type { Group } from './requirement.ts'

export const dataAttacks: Group = {
  heading: 'Attacks: authorization, browsers and data',
  requirements: [
    { id: 'A-18', asks: 'Mass assignment: setting members that one may not set.', does: 'A schema for each operation' },
    { id: 'A-19', asks: 'Naming another user.', does: 'The token names the user' },
    {
      id: 'A-19a',
      asks: 'Leaving the service without an admin.',
      does: 'The last one stays, also against two at once',
    },
    {
      id: 'A-19b',
      asks: 'Making oneself an admin through another operation.',
      does: 'One operation sets roles, and there are two roles',
    },
    { id: 'A-19c', asks: 'Using the token of an admin after a demotion.', does: 'The role is read from D1' },
    {
      id: 'A-20',
      asks: 'Requests that another site sends.',
      does: 'docs/concepts/tokens-and-cookies.md#the-cross-site-rule',
    },
    {
      id: 'A-20a',
      asks: 'Logging somebody out by an embedded image.',
      does: '`GET` of log-out is refused across sites',
    },
    { id: 'A-21', asks: 'Planted cookies.', does: '`__Host-`, and two of one name are both ignored' },
    { id: 'A-22', asks: 'Replies that a cache gives to other visitors.', does: '`no-store`, `Vary`' },
    {
      id: 'A-23',
      asks: 'Lists that cost too much.',
      does: 'Limits of pages, literal searches, an allow-list for sorting',
    },
    { id: 'A-24', asks: 'Polluting prototypes.', does: '`__proto__` is an unknown member' },
    {
      id: 'A-25',
      asks: 'Addresses that only look different, or only look alike.',
      does: 'One canonical form, made once: src/domain/email.ts',
    },
    {
      id: 'A-25a',
      asks: 'Addresses that parsers read differently.',
      does: 'Quotes, comments, lists and line breaks are refused',
    },
    {
      id: 'A-26',
      asks: 'Control characters and halves of surrogate pairs.',
      does: 'They are refused, except NUL in passwords, where it counts',
    },
    {
      id: 'A-27',
      asks: 'Redirecting visitors elsewhere.',
      does: 'The only redirect leads to a page of `FRONTEND_URL`',
    },
    { id: 'A-28', asks: 'Framing a page.', does: "`frame-ancestors 'none'`" },
  ],
}
