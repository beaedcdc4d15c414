import type { Chapter } from './requirement.ts'

export const oauth: Chapter = {
  chapter: 10,
  heading: 'V10 OAuth and OIDC',
  levels: { 1: 5, 2: 24 },
  about:
    'Gatehouse is not an OAuth server: its tokens are for its own sites. The requirements for tokens apply by analogy.',
  requirements: [
    {
      id: '10.1.1',
      level: 2,
      asks: 'Tokens go only to those who need them.',
      does: 'With cookies no script sees them: docs/concepts/tokens-and-cookies.md#transports',
    },
    {
      id: '10.3.1',
      level: 2,
      asks: 'A service accepts only tokens that are meant for it.',
      does: '`aud`: src/domain/tokens.ts',
    },
    {
      id: '10.3.3',
      level: 2,
      asks: 'A user is identified by a value that is never given to another user.',
      does: '`sub` is a UUIDv7 that is not used again; with `TOKEN_SUBJECT=external_id`, it is the id that the admin chose',
    },
    {
      id: '10.3.4',
      level: 2,
      asks: 'If a recent log-in is required, the token must prove it.',
      does: '`auth_time`, and `fresh` for operations of our own: src/domain/proof.ts',
    },
    {
      id: '10.4.4',
      level: 1,
      asks: 'Unneeded grants do not exist: neither `password` nor implicit.',
      does: "There is no token endpoint. Log-in and refresh take the forms of OAuth for this service's own users alone, so that the documentation and libraries can use them; every other grant is refused",
    },
    {
      id: '10.4.5',
      level: 1,
      asks: 'A reused refresh token ends its whole session.',
      does: 'docs/decisions/0005-refresh-tokens.md',
    },
    { id: '10.4.8', level: 2, asks: 'Refresh tokens have an absolute lifetime.', does: '`SESSION_MAX_DAYS`' },
    { id: '10.4.9', level: 2, asks: 'Users can end refresh tokens.', does: 'Log-out, and the list of sessions' },
  ],
  absent: [
    {
      why: 'there is no OAuth or OIDC client',
      ids: ['10.1.2', '10.2.1', '10.2.2', '10.5.1', '10.5.2', '10.5.3', '10.5.4', '10.5.5'],
    },
    {
      why: 'there is no delegation: no scopes, consents and clients',
      ids: ['10.3.2', '10.4.7', '10.4.10', '10.4.11', '10.7.1', '10.7.2', '10.7.3'],
    },
    { why: 'there is no authorization endpoint and no code', ids: ['10.4.1', '10.4.2', '10.4.3', '10.4.6'] },
    { why: 'it is not an OpenID provider', ids: ['10.6.1', '10.6.2'] },
  ],
}
