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
      asks: 'The documentation names expensive operations, and how their overuse is prevented.',
      does: 'docs/decisions/0007-password-hashing.md, docs/reference/limits.md',
      instead: document('docs/decisions/0007-password-hashing.md'),
    },
    {
      id: '15.2.1',
      level: 1,
      asks: 'No component is older than the documented times allow.',
      does: 'tools/packages/audit.ts asks the registry',
    },
    {
      id: '15.2.2',
      level: 2,
      asks: 'Overuse of expensive operations is prevented.',
      does: 'One hash runs at a time, and eight wait: src/domain/gate.ts',
    },
    {
      id: '15.2.3',
      level: 2,
      asks: 'The deployment contains no tests, samples or tools.',
      does: 'It contains src/index.ts and what that imports; no path is for tests',
    },
    {
      id: '15.3.1',
      level: 1,
      asks: 'Replies contain only the members that are needed.',
      does: 'src/routes/replies.ts',
    },
    {
      id: '15.3.2',
      level: 2,
      asks: 'Redirects of other services are not followed.',
      does: "`redirect: 'manual'`: src/storage/pwned-passwords.ts, src/storage/cloudinary.ts",
    },
    {
      id: '15.3.3',
      level: 2,
      asks: 'Requests cannot set members that are not meant for them.',
      does: 'A schema for each operation',
    },
    {
      id: '15.3.4',
      level: 2,
      asks: "The visitor's address cannot be forged.",
      does: '`CF-Connecting-IP`, or `PROXY_KEY`: src/routes/visitor.ts',
    },
    { id: '15.3.5', level: 2, asks: 'Types are checked strictly.', does: 'zod converts nothing in a body' },
    {
      id: '15.3.6',
      level: 2,
      asks: 'Prototypes cannot be polluted.',
      does: 'There is no deep merge; `__proto__` is an unknown member like any other',
    },
    {
      id: '15.3.7',
      level: 2,
      asks: 'A parameter is read from one place only.',
      does: 'Bodies and queries are validated separately',
    },
    {
      id: '15.4.2',
      level: 3,
      asks: 'A check and the action that depends on it are one step.',
      does: 'Conditions are in the SQL: docs/decisions/0002-round-trips.md',
    },
  ],
}
