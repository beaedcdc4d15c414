import { decision, type Group } from './requirement.ts'

export const faults: Group = {
  heading: 'Faults',
  about: 'What may break, and what must hold then: docs/operate/operations.md#when-something-is-down.',
  requirements: [
    { id: 'F1', asks: 'D1 answers nothing.', does: '503, and nothing is given or mailed' },
    {
      id: 'F2',
      asks: 'One call to D1 fails, each in turn.',
      does: 'All or nothing, and the same request succeeds later',
    },
    { id: 'F3', asks: 'One call took effect, and its answer is lost.', does: 'Writes recognise themselves' },
    { id: 'F4', asks: 'D1 hangs.', does: '503 after three seconds' },
    { id: 'F5', asks: 'D1 is overloaded.', does: 'It is asked once' },
    { id: 'F6', asks: 'KV throws, hangs or answers nonsense.', does: 'Requests are answered as usual' },
    { id: 'F7', asks: 'KV is stale.', does: 'D1 decides' },
    { id: 'F8', asks: 'Mail fails or hangs.', does: 'The outbox tries again: docs/concepts/mail.md#attempts' },
    {
      id: 'F9',
      asks: 'A mail was sent, but that could not be recorded.',
      does: 'Once more at most, with the same link',
    },
    { id: 'F10', asks: 'The cron runs twice, overlaps or dies.', does: 'Leases, and chunks' },
    { id: 'F11', asks: 'The isolate dies after its reply.', does: 'Nothing that must happen is left for later' },
    { id: 'F12', asks: 'A client sends a request again.', does: 'It is done once' },
    { id: 'F13', asks: 'A client hangs up.', does: 'The gate before hashing stays open' },
    {
      id: 'F14',
      asks: 'Old and new code on one schema.',
      does: 'A migration leaves the deployed code working; there is one released schema so far',
      instead: decision('docs/operate/operations.md#migrations'),
    },
    { id: 'F15', asks: 'Keys change under traffic.', does: 'Several keys verify, and the first one signs' },
    { id: 'F16', asks: 'The clock jumps.', does: 'Used tokens and links stay used' },
    {
      id: 'F17',
      asks: 'The database is restored to an earlier state.',
      does: 'Tokens newer than that state are refused without an alarm',
    },
    { id: 'F18', asks: 'The database is full.', does: '503, like any fault' },
    { id: 'F19', asks: 'A flood of log-ins.', does: 'Shed by limits and the gate while others are served' },
  ],
}

export const invariants: Group = {
  heading: 'Invariants',
  about: 'These statements hold after every fault and every race.',
  requirements: [
    { id: 'I1', asks: 'A user is verified or waits for a link.', does: 'User and mail are one batch' },
    {
      id: 'I2',
      asks: 'After a new password the other sessions have ended and no reset link is valid.',
      does: 'One batch',
    },
    { id: 'I3', asks: 'An ended session can neither refresh nor grant access.', does: 'Its row is gone' },
    { id: 'I4', asks: 'A refresh adds one to the generation.', does: 'A compare-and-swap' },
    { id: 'I5', asks: 'There is an active admin, once there was one.', does: 'A condition of each write' },
    { id: 'I6', asks: 'A canonical address exists once.', does: 'A unique index' },
    { id: 'I7', asks: 'Every mailed link has a row: live, superseded or used.', does: 'The mail is the row' },
    { id: 'I8', asks: 'Every picture that a user has is there.', does: 'The object first, then the pointer' },
  ],
}
