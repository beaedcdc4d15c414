import { decision, type Group } from './requirement.ts'

export const nist: Group = {
  heading: 'NIST SP 800-63B-4',
  about: 'Requirements of the guideline for passwords and sessions, numbered by us.',
  requirements: [
    {
      id: 'N1',
      asks: '15 characters if the password is the only factor, and always at least 8.',
      does: '`PASSWORD_MIN_LENGTH`: 8 unless set, 15 recommended: docs/reference/settings.md#registration-and-passwords',
    },
    {
      id: 'N2',
      asks: '64 characters and more can be used.',
      does: '256 code points; longer ones are refused, never truncated',
    },
    { id: 'N3', asks: 'All printable ASCII characters and the space can be used.', does: 'Any character can' },
    {
      id: 'N4',
      asks: 'Unicode can be used, and each code point counts once.',
      does: 'Length is counted in code points: src/domain/password-policy.ts',
    },
    { id: 'N5', asks: 'Passwords are normalised.', does: 'NFC, when it is set and when it is checked' },
    { id: 'N6', asks: 'There are no rules of composition.', does: 'There are none' },
    {
      id: 'N7',
      asks: 'No periodic change is required, but a change is required if there is evidence of a compromise.',
      does: 'No password expires. No flag forces a change: an admin ends the sessions and mails a reset',
    },
    { id: 'N8', asks: 'There are no hints and no questions.', does: 'There are none' },
    { id: 'N9', asks: 'The whole password is verified.', does: 'Nothing is truncated' },
    {
      id: 'N10',
      asks: 'Common passwords are refused as a whole, with the reason.',
      does: 'docs/decisions/0008-new-passwords.md',
    },
    {
      id: 'N11',
      asks: 'At most 100 wrong passwords in a row for an account.',
      does: '`logInConsecutive`: docs/reference/limits.md#rates',
    },
    {
      id: 'N12',
      asks: 'That limit cannot be used to lock somebody out.',
      does: 'Known devices, signed-in sessions and the way back by mail stay open: docs/reference/limits.md',
    },
    { id: 'N13', asks: 'Password managers and pasting are allowed.', does: 'ui/parts/field.tsx' },
    {
      id: 'N14',
      asks: 'Passwords are salted and hashed slowly, the cost is kept with them and rises with time.',
      does: 'PHC strings with 16 bytes of salt; replaced at a log-in: docs/decisions/0007-password-hashing.md',
    },
    {
      id: 'N15',
      asks: 'There is a further keyed step (recommended).',
      does: 'There is no pepper; the format leaves room for one',
      instead: decision('docs/decisions/0007-password-hashing.md'),
    },
    {
      id: 'N16',
      asks: 'Mailed recovery links are valid for 24 hours at most, are rate limited, and cause a notice.',
      does: '30 minutes; a mail a minute, five an hour: docs/reference/limits.md#rates',
    },
    {
      id: 'N17',
      asks: 'An address is used for recovery only after it was confirmed.',
      does: 'A new address waits for its link',
    },
    { id: 'N18', asks: 'A session lasts for 30 days at most.', does: '`SESSION_MAX_DAYS`' },
    {
      id: 'N19',
      asks: 'Session secrets have 64 bits or more, hold nothing personal, are erased at the log-out, and are kept from scripts.',
      does: 'docs/concepts/tokens-and-cookies.md',
    },
    {
      id: 'N20',
      asks: 'Requests that change something are bound to the session.',
      does: 'Origins are checked in place of tokens: docs/decisions/0006-cookies.md',
    },
  ],
}
