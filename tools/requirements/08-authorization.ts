import type { Chapter } from './requirement.ts'

export const authorization: Chapter = {
  chapter: 8,
  heading: 'V8 Authorization',
  levels: { 1: 4, 2: 3 },
  requirements: [
    {
      id: '8.1.1',
      level: 1,
      asks: 'The documentation says who may do what, with whose data.',
      does: 'docs/security/authorization.md, which the tests compare with the service',
    },
    {
      id: '8.1.2',
      level: 2,
      asks: 'The documentation says who may read and write which member.',
      does: 'docs/security/authorization.md#members-of-a-user',
    },
    {
      id: '8.2.1',
      level: 1,
      asks: 'Only authorized users can use an operation.',
      does: 'src/routes/guards.ts guards every operation that is not public',
    },
    {
      id: '8.2.2',
      level: 1,
      asks: 'Only authorized users get data.',
      does: "The token names the user: no operation for users takes another's id",
    },
    {
      id: '8.2.3',
      level: 2,
      asks: 'Only authorized users can read or write a member.',
      does: 'A schema for each operation: src/routes/user-schemas.ts, src/routes/admin-schemas.ts',
    },
    {
      id: '8.3.1',
      level: 1,
      asks: 'The service decides, and only by data that a client cannot change.',
      does: 'Role and status are read from D1',
    },
    {
      id: '8.3.2',
      level: 3,
      asks: 'A change of authorization takes effect at once.',
      does: 'The role in the token is not used here',
    },
    {
      id: '8.4.2',
      level: 3,
      asks: 'Administration is protected by more than a log-in.',
      does: 'It requires a verified address, the role in D1, and a password given within the last 15 minutes. With `MFA_REQUIRED` of `admins` or `all`, also a second factor',
    },
  ],
  absent: [{ why: 'one deployment has one set of users: there are no tenants', ids: ['8.4.1'] }],
}
