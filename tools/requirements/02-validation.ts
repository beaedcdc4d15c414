import type { Chapter } from './requirement.ts'

export const validation: Chapter = {
  chapter: 2,
  heading: 'V2 Validation and business logic',
  levels: { 1: 4, 2: 7 },
  requirements: [
    {
      id: '2.1.1',
      level: 1,
      asks: 'The documentation says what every input may be.',
      does: 'docs/openapi.json is made of the schemas that validate',
    },
    {
      id: '2.1.2',
      level: 2,
      asks: 'The documentation says which inputs have to fit together.',
      does: 'docs/settings.md#what-contradicts, docs/decisions/new-passwords.md, and the descriptions of the operations',
    },
    {
      id: '2.1.3',
      level: 2,
      asks: 'The documentation has the limits, of each user and of all.',
      does: 'docs/limits.md, which is compared with the code',
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
      asks: 'The service checks, whatever the client has checked.',
      does: 'All tests ask the API itself',
    },
    {
      id: '2.2.3',
      level: 2,
      asks: 'Inputs that belong together fit each other.',
      does: 'A new password is not the current one, a link acts on its own user: src/domain/password-changes.ts',
    },
    {
      id: '2.3.1',
      level: 1,
      asks: 'Steps are taken in their order, and none is left out.',
      does: 'No log-in before the address is verified, no reset without its link',
    },
    { id: '2.3.2', level: 2, asks: 'The documented limits are enforced.', does: 'docs/limits.md' },
    {
      id: '2.3.3',
      level: 2,
      asks: 'Steps that belong together happen completely or not at all.',
      does: 'One `batch()` for a use case: docs/decisions/round-trips.md',
    },
    {
      id: '2.3.4',
      level: 2,
      asks: 'What exists only once is not given out twice.',
      does: 'Conditions are in the SQL: one user of an address, one use of a link, one last admin',
    },
    {
      id: '2.4.1',
      level: 2,
      asks: 'Automated requests are limited.',
      does: 'docs/limits.md#rates, counted before anything is hashed, mailed or decoded',
    },
  ],
}
