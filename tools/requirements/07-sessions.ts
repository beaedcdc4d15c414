import { type Chapter, document } from './requirement.ts'

export const sessions: Chapter = {
  chapter: 7,
  heading: 'V7 Session management',
  levels: { 1: 6, 2: 12 },
  requirements: [
    {
      id: '7.1.1',
      level: 2,
      asks: 'The documentation states the idle and the absolute lifetime of a session, with reasons.',
      does: '7 and 30 days; NIST sets the latter for one factor: docs/concepts/tokens-and-cookies.md, docs/reference/settings.md#tokens-and-sessions',
      instead: document('docs/reference/settings.md#tokens-and-sessions'),
    },
    {
      id: '7.1.2',
      level: 2,
      asks: 'The documentation says how many sessions a user may have, and what happens beyond that.',
      does: '20, then the oldest ends: docs/reference/limits.md#counts',
    },
    {
      id: '7.2.1',
      level: 1,
      asks: 'The service checks session tokens.',
      does: 'src/routes/guards.ts, with D1 at every request',
    },
    {
      id: '7.2.2',
      level: 1,
      asks: 'Session tokens are made for the session.',
      does: 'docs/concepts/tokens-and-cookies.md',
    },
    {
      id: '7.2.3',
      level: 1,
      asks: 'They are unique and have 128 bits of entropy.',
      does: '`sid` and `jti` are random: src/domain/ids.ts',
    },
    {
      id: '7.2.4',
      level: 1,
      asks: 'Authentication makes a new token and ends the old one.',
      does: 'A log-in ends the session that its cookie names; a re-authentication moves the session to its next generation',
    },
    { id: '7.3.1', level: 2, asks: 'An unused session expires.', does: '`REFRESH_TOKEN_EXPIRE_DAYS`' },
    {
      id: '7.3.2',
      level: 2,
      asks: 'A session has an absolute lifetime.',
      does: '`SESSION_MAX_DAYS`: `ends_at` never moves',
    },
    {
      id: '7.4.1',
      level: 1,
      asks: 'An ended session cannot be used any more, including its self-contained tokens.',
      does: 'D1 is asked with every request: docs/concepts/tokens-and-cookies.md#revocation',
    },
    {
      id: '7.4.2',
      level: 1,
      asks: 'Disabling or deleting a user ends their sessions.',
      does: 'In the same batch: src/storage/administration.ts',
    },
    { id: '7.4.3', level: 2, asks: 'A new password can end the other sessions.', does: 'It ends them' },
    {
      id: '7.4.4',
      level: 2,
      asks: 'Pages behind a log-in have a visible log-out.',
      does: 'Such pages belong to the site, which calls `POST /api/auth/logout`',
      instead: document('docs/concepts/tokens-and-cookies.md#three-topologies'),
    },
    {
      id: '7.4.5',
      level: 2,
      asks: 'Admins can end the sessions of a user.',
      does: '`DELETE /api/admin/users/{id}/sessions`',
    },
    {
      id: '7.5.1',
      level: 2,
      asks: 'Changing data that a log-in or recovery uses needs re-authentication.',
      does: 'A fresh token of the last 15 minutes, or full proof with the request: docs/concepts/proofs.md, src/domain/proof.ts',
    },
    {
      id: '7.5.2',
      level: 2,
      asks: 'Users see and end their sessions.',
      does: '`GET` and `DELETE` of `/api/user/sessions`',
    },
    {
      id: '7.5.3',
      level: 3,
      asks: 'Sensitive operations need re-authentication.',
      does: 'Deletion, export, and every change by an admin',
    },
    {
      id: '7.6.2',
      level: 2,
      asks: 'A session starts only by an act of its user.',
      does: 'Only a log-in starts one. Opening a link starts none: the link of a log-in mail asks for a click, and works only in the browser that requested the mail',
    },
  ],
  absent: [{ why: 'there is no federation with other providers', ids: ['7.1.3', '7.6.1'] }],
}
