import type { Group } from './requirement.ts'

export const tokenAttacks: Group = {
  heading: 'Attacks: tokens and links',
  requirements: [
    {
      id: 'A-07',
      asks: 'A token without a signature, or with a public key as a secret.',
      does: 'Our own keys determine the algorithm',
    },
    {
      id: 'A-08',
      asks: 'A token that contains its key, or says where it is.',
      does: 'Only `kid`, looked up among ours',
    },
    { id: 'A-09', asks: 'A token of one kind where another is required.', does: 'A key for each purpose' },
    { id: 'A-10', asks: 'A link for another user or address.', does: 'Bound to both in its row' },
    { id: 'A-11', asks: 'Odd forms of the header.', does: 'One form: src/routes/guards.ts' },
    { id: 'A-12', asks: 'A poisoned host in mailed links.', does: 'Links are made from settings' },
    { id: 'A-13', asks: 'A link that leaks through its URL.', does: 'The token is in the fragment' },
    {
      id: 'A-14',
      asks: 'Guessing or reusing the link of a reset.',
      does: 'It has a MAC, works once, for 30 minutes, and any new password voids it',
    },
    { id: 'A-15', asks: 'Using a link twice at once.', does: 'The use is a condition of the write' },
    {
      id: 'A-16',
      asks: 'Taking over an account by changing its address.',
      does: 'Password, link to the new address, notice and way back to the old one',
    },
    { id: 'A-17', asks: 'Staying signed in after the owner has reset the password.', does: 'All sessions end' },
    {
      id: 'A-17b',
      asks: "Registering somebody's address before they do.",
      does: 'A password becomes valid only if its owner can read the mailbox',
    },
    { id: 'A-17c', asks: 'A scanner that opens links.', does: 'Opening one does nothing' },
  ],
}
