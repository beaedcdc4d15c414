import type { Chapter } from './requirement.ts'

export const validation: Chapter = {
  chapter: 2,
  heading: 'V2 Validation and business logic',
  levels: { 1: 4, 2: 7 },
  requirements: [
    {
      id: '2.1.1',
      level: 1,
      asks: 'The documentation defines the allowed values of every input.',
      does: 'docs/openapi.json is built from the schemas that validate',
    },
    {
      id: '2.1.2',
      level: 2,
      asks: 'The documentation says which inputs have to fit together.',
      does: 'docs/reference/settings.md#refused-settings, docs/decisions/0008-new-passwords.md, and the descriptions of the operations',
    },
    {
      id: '2.1.3',
      level: 2,
      asks: 'The documentation has the limits for each user and for all users together.',
      does: 'docs/reference/limits.md, which is compared with the code',
    },
    {
      id: '2.2.1',
      level: 1,
      asks: 'Input is validated against an allow-list.',
      does: 'A zod schema for every body and query: src/routes/auth-schemas.ts, src/routes/user-schemas.ts, src/routes/admin-schemas.ts',
    },
    {
      id: '2.2.2',
      level: 1,
      asks: 'The service validates input, whether or not the client has done so.',
      does: 'All tests call the API itself',
    },
    {
      id: '2.2.3',
      level: 2,
      asks: 'Inputs that belong together are consistent.',
      does: 'A new password must differ from the current one, and a link acts on its own user: src/domain/password-changes.ts',
    },
    {
      id: '2.3.1',
      level: 1,
      asks: 'Steps follow their order, and none can be skipped.',
      does: 'No log-in before the address is verified, no reset without its link',
    },
    { id: '2.3.2', level: 2, asks: 'The documented limits are enforced.', does: 'docs/reference/limits.md' },
    {
      id: '2.3.3',
      level: 2,
      asks: 'Changes that belong together happen completely or not at all.',
      does: 'Each use case is one `batch()`: docs/decisions/0002-round-trips.md',
    },
    {
      id: '2.3.4',
      level: 2,
      asks: 'A resource that exists once is not given out twice.',
      does: 'The SQL has the conditions: one user for an address, one use of a link, one last admin',
    },
    {
      id: '2.4.1',
      level: 2,
      asks: 'Automated requests are rate limited.',
      does: 'docs/reference/limits.md#rates, counted before anything is hashed, mailed or decoded',
    },
  ],
}
