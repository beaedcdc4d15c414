import type { Group } from './requirement.ts'

export const rotation: Group = {
  heading: 'Rotation of refresh tokens',
  about: 'docs/decisions/0005-refresh-tokens.md has the reasons.',
  requirements: [
    {
      id: 'R1',
      asks: 'A refresh gives the next token of the same session, whose end does not move.',
      does: 'One round trip',
    },
    {
      id: 'R2',
      asks: 'An old token, long after its use, ends the session, and the owner is notified.',
      does: 'RFC 9700 §4.14.2',
    },
    {
      id: 'R3',
      asks: 'A token repeated after a lost reply gives the same successor, byte for byte.',
      does: 'It is recomputed',
    },
    {
      id: 'R4',
      asks: 'The token before the previous one ends the session, however soon it comes.',
      does: 'Only the previous token has a grace time',
    },
    {
      id: 'R5',
      asks: 'The previous token ends the session after its grace time.',
      does: 'That is `REFRESH_GRACE_SECONDS`, or 10 minutes if the device of the session sends it',
    },
    { id: 'R6', asks: 'Twenty simultaneous refreshes get one successor.', does: 'One generation, one nonce' },
    {
      id: 'R7',
      asks: 'Without a grace time, twenty at once end the session.',
      does: 'docs/reference/settings.md#tokens-and-sessions says so',
    },
    {
      id: 'R8',
      asks: 'No token survives a log-out that happens during a refresh.',
      does: 'Both are conditions on one row',
    },
    {
      id: 'R9',
      asks: 'No token survives a new password or a deletion that happens during a refresh.',
      does: 'The same',
    },
    {
      id: 'R10',
      asks: 'A user who is disabled, deleted or no longer verified cannot refresh.',
      does: 'Read in the same batch',
    },
    {
      id: 'R11',
      asks: 'Access tokens and links do not refresh; refresh tokens open nothing else.',
      does: 'Each kind has a key or type of its own',
    },
    {
      id: 'R12',
      asks: 'Broken and foreign tokens are refused, never with 500.',
      does: 'Parsed strictly: src/domain/sessions.ts',
    },
    { id: 'R13', asks: 'Reuse is noticed after a restart and under a new key.', does: 'D1 decides' },
    {
      id: 'R14',
      asks: 'Two tokens, in body and cookie, do not interfere.',
      does: 'The body wins; the other stays as it is',
    },
    { id: 'R15', asks: 'All of this holds while KV is stale.', does: 'KV can only refuse' },
    { id: 'R16', asks: 'A refresh whose answer was lost recognises itself.', does: 'By its nonce' },
    {
      id: 'R17',
      asks: 'A reuse that could not be recorded is not let through.',
      does: '503, and the next attempt ends the session',
    },
  ],
}
