import { type Chapter, document, zone } from './requirement.ts'

export const logging: Chapter = {
  chapter: 16,
  heading: 'V16 Security logging and error handling',
  levels: { 1: 0, 2: 16 },
  about:
    'There are two records: the audit in D1, of what happened to accounts (docs/guides/administration.md#audit), and the log, of what went wrong (docs/operate/operations.md#logs).',
  requirements: [
    {
      id: '16.1.1',
      level: 2,
      asks: 'There is an inventory of what is logged, where, and for how long.',
      does: 'docs/security/protection.md#records',
      instead: document('docs/security/protection.md#records'),
    },
    {
      id: '16.2.1',
      level: 2,
      asks: 'An entry says when, where, who and what.',
      does: 'docs/guides/administration.md#audit',
    },
    { id: '16.2.2', level: 2, asks: 'Clocks are synchronised, and times are in UTC.', does: 'ISO 8601 with `Z`' },
    {
      id: '16.2.3',
      level: 2,
      asks: 'Records go only where the inventory says.',
      does: 'Only src/log.ts and src/routes/errors.ts write to the log',
    },
    {
      id: '16.2.4',
      level: 2,
      asks: 'Records can be read by programs.',
      does: 'Each line is one JSON object, with the id that the reply also has',
    },
    {
      id: '16.2.5',
      level: 2,
      asks: 'Records contain no credentials.',
      does: 'No message of an exception is written: src/log.ts',
    },
    {
      id: '16.3.1',
      level: 2,
      asks: 'Successful and failed log-ins are recorded.',
      does: '`logged_in`, `log_in_failed`, `reauthenticated`: docs/reference/audit-events.md',
    },
    {
      id: '16.3.2',
      level: 2,
      asks: 'Refused authorizations are recorded.',
      does: "The log has a line for each 403, and for each refused change of one's own account or of the last admin: docs/operate/operations.md#logs",
    },
    {
      id: '16.3.3',
      level: 2,
      asks: 'Attempts to bypass a protection are recorded.',
      does: '`refresh_reuse` in the audit; forged tokens, cross-site requests and limits in the log',
    },
    {
      id: '16.3.4',
      level: 2,
      asks: 'Unexpected errors are recorded.',
      does: 'Each has a log line: docs/operate/operations.md#logs',
    },
    {
      id: '16.4.1',
      level: 2,
      asks: 'Logged data cannot forge a record.',
      does: '`JSON.stringify` makes each line',
    },
    {
      id: '16.4.2',
      level: 2,
      asks: 'Records are protected from reading and changing.',
      does: "No operation changes the audit, and only admins read it; the log is Cloudflare's",
    },
    {
      id: '16.4.3',
      level: 2,
      asks: 'Records are sent to another system.',
      does: 'Workers Logs stores the log outside the Worker; Logpush can send it further',
      instead: zone('docs/security/protection.md#records'),
    },
    { id: '16.5.1', level: 2, asks: 'Errors reveal nothing internal.', does: 'docs/decisions/0003-errors.md' },
    {
      id: '16.5.2',
      level: 2,
      asks: 'The service stays secure when a dependency is down.',
      does: 'docs/operate/operations.md#when-something-is-down',
    },
    {
      id: '16.5.3',
      level: 2,
      asks: 'A failure lets nothing through.',
      does: 'In the tests, every call to D1 of every operation fails once, before and after it took effect',
    },
    {
      id: '16.5.4',
      level: 3,
      asks: 'A last-resort handler catches every error.',
      does: '`onError`: src/routes/errors.ts',
    },
  ],
}
