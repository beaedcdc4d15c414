import type { Chapter } from './requirement.ts'

export const tokens: Chapter = {
  chapter: 9,
  heading: 'V9 Self-contained tokens',
  levels: { 1: 4, 2: 3 },
  requirements: [
    {
      id: '9.1.1',
      level: 1,
      asks: 'The signature is verified before anything else is trusted.',
      does: '`jwtVerify`: src/domain/tokens.ts',
    },
    {
      id: '9.1.2',
      level: 1,
      asks: 'Algorithms come from an allow-list without `none`.',
      does: 'ES256 or EdDSA, as the key requires',
    },
    {
      id: '9.1.3',
      level: 1,
      asks: 'Keys come from the configuration, never from the token.',
      does: 'They are `SIGNING_KEYS`; `jku`, `jwk` and `x5u` are ignored',
    },
    {
      id: '9.2.1',
      level: 1,
      asks: 'Tokens are valid only within their time.',
      does: '`exp` is required, `nbf` is checked, and clocks may differ by 5 seconds',
    },
    {
      id: '9.2.2',
      level: 2,
      asks: 'A token has the expected type.',
      does: '`typ: at+jwt`, or `JWT` by setting; no other token of the service has that type; refresh tokens and links have keys of their own',
    },
    { id: '9.2.3', level: 2, asks: 'A token is for this service.', does: '`aud` is required: src/domain/tokens.ts' },
    {
      id: '9.2.4',
      level: 2,
      asks: 'An issuer for several audiences says which one a token is for.',
      does: 'Every token has the one audience of `TOKEN_AUDIENCE`',
    },
  ],
}
