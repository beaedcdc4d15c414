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
    { id: 'R4', asks: 'A grandparent ends the session, however soon.', does: 'Only the parent has a grace' },
    {
      id: 'R5',
      asks: 'A parent after its grace ends the session.',
      does: '`REFRESH_GRACE_SECONDS`, and to 10 minutes where the device of the session shows that its answer was lost',
    },
    { id: 'R6', asks: 'Twenty at once get one successor.', does: 'One generation, one nonce' },
    {
      id: 'R7',
      asks: 'Without a grace, twenty at once end the session.',
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
      does: 'Keys and types of their own',
    },
    {
      id: 'R12',
      asks: 'Broken and foreign tokens are refused, never by 500.',
      does: 'Parsed strictly: src/domain/sessions.ts',
    },
    { id: 'R13', asks: 'Reuse is noticed after a restart and under a new key.', does: 'D1 decides' },
    {
      id: 'R14',
      asks: 'Two tokens, in body and cookie, do not interfere.',
      does: 'The body wins; the other stays as it is',
    },
    { id: 'R15', asks: 'All of this holds while KV is stale.', does: 'KV may only say no' },
    { id: 'R16', asks: 'A refresh whose answer was lost recognises itself.', does: 'By its nonce' },
    {
      id: 'R17',
      asks: 'A reuse that could not be recorded is not let through.',
      does: '503, and the next attempt ends the session',
    },
  ],
}
