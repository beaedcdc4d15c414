import type { Group } from './requirement.ts'

export const resourceAttacks: Group = {
  heading: 'Attacks: parsing and resources',
  requirements: [
    {
      id: 'A-29',
      asks: 'Bodies that are too large, or declare a wrong length.',
      does: 'Counted while they are read: src/routes/validate.ts',
    },
    { id: 'A-29a', asks: 'Deep nesting.', does: 'A body has at most 16 KiB' },
    { id: 'A-29b', asks: 'Wrong types, broken UTF-8, and JSON that is no object.', does: '400, 415 or 422, never 500' },
    { id: 'A-30', asks: 'Very long passwords.', does: 'Refused before they are normalised or hashed' },
    {
      id: 'A-31',
      asks: 'Hostile pictures.',
      does: 'They are decoded and re-encoded by Images, and served only as pictures',
    },
    { id: 'A-32', asks: 'Exhausting the CPU by hashes.', does: 'Limits, then one hash at a time' },
    { id: 'A-33', asks: 'A stored hash with hostile parameters.', does: 'Caps before anything is computed' },
    {
      id: 'A-34',
      asks: 'Clocks that are wrong or set back.',
      does: "Only the service's clock counts, and states decide where it matters",
    },
    { id: 'A-35', asks: 'Registering an address twice at once.', does: 'A unique index on the canonical form' },
    {
      id: 'A-36',
      asks: 'Data that remains after a user is deleted.',
      does: 'docs/reference/storage.md#what-a-deleted-user-leaves',
    },
    {
      id: 'A-37',
      asks: 'A configuration that opens the service.',
      does: 'A missing, weak or contradictory setting stops it',
    },
    { id: 'A-38', asks: 'Learning from errors what a link was.', does: 'One reply for all invalid links' },
  ],
}
