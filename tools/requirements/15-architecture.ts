import { type Chapter, document } from './requirement.ts'

export const architecture: Chapter = {
  chapter: 15,
  heading: 'V15 Secure coding and architecture',
  levels: { 1: 3, 2: 10 },
  requirements: [
    {
      id: '15.1.1',
      level: 1,
      asks: 'The documentation says how soon vulnerable components are replaced.',
      does: 'SECURITY.md',
    },
    {
      id: '15.1.2',
      level: 2,
      asks: 'There is an inventory of all components.',
      does: 'A CycloneDX list: tools/packages/sbom.ts; versions are exact and locked',
    },
    {
      id: '15.1.3',
      level: 2,
      asks: 'The documentation says which operations are expensive, and how overuse is prevented.',
      does: 'docs/decisions/password-hashing.md, docs/limits.md',
      instead: document('docs/decisions/password-hashing.md'),
    },
    {
      id: '15.2.1',
      level: 1,
      asks: 'No component is older than that allows.',
      does: 'tools/packages/audit.ts asks the registry',
    },
    {
      id: '15.2.2',
      level: 2,
      asks: 'Overuse of expensive operations is prevented.',
      does: 'One hash at a time, eight wait: src/domain/gate.ts',
    },
    {
      id: '15.2.3',
      level: 2,
      asks: 'The deployment contains no tests, samples or tools.',
      does: 'src/index.ts and what it imports; no address is for tests',
    },
    { id: '15.3.1', level: 1, asks: 'Replies hold the members that are needed.', does: 'src/routes/replies.ts' },
    {
      id: '15.3.2',
      level: 2,
      asks: 'Redirects of other services are not followed.',
      does: "`redirect: 'manual'`: src/storage/pwned-passwords.ts, src/storage/cloudinary.ts",
    },
    {
      id: '15.3.3',
      level: 2,
      asks: 'Requests cannot set members they are not meant to.',
      does: 'A schema for each operation',
    },
    {
      id: '15.3.4',
      level: 2,
      asks: "The visitor's address is the true one.",
      does: '`CF-Connecting-IP`, or `PROXY_KEY`: src/routes/visitor.ts',
    },
    { id: '15.3.5', level: 2, asks: 'Types are checked strictly.', does: 'zod converts nothing in a body' },
    {
      id: '15.3.6',
      level: 2,
      asks: 'Prototypes cannot be polluted.',
      does: 'No deep merge; `__proto__` is a member like any other that is not known',
    },
    {
      id: '15.3.7',
      level: 2,
      asks: 'A parameter comes from one place.',
      does: 'Bodies and queries are validated apart',
    },
    {
      id: '15.4.2',
      level: 3,
      asks: 'A check and the action that depends on it are one step.',
      does: 'Conditions are in the SQL: docs/decisions/round-trips.md',
    },
  ],
}
