/** The groups of the document, in this order. */
export const tags = [
  { name: 'Registration and recovery', description: 'Becoming known, and getting back in.' },
  { name: 'Sessions', description: 'Getting in, staying in, getting out.' },
  { name: 'User', description: "The signed-in user's own account." },
  { name: 'Picture', description: 'One picture of each user.' },
  { name: 'Links from mails', description: 'What the links in mails about an existing account do.' },
  {
    name: 'Administration',
    description:
      'For users with the role `admin`, which the database is asked for at every request. What changes something wants a password given within the last 15 minutes.',
  },
  { name: 'Service', description: 'What the service says about itself, to people, monitors and other services.' },
] as const

export type Tag = (typeof tags)[number]['name']
