/** The groups of the document, in this order. */
export const tags = [
  { name: 'Registration and recovery', description: 'Registration, verification and password reset.' },
  { name: 'Sessions', description: 'Getting in, staying in, getting out.' },
  { name: 'User', description: "The signed-in user's own account." },
  { name: 'Second factors', description: 'Authenticator apps, passkeys and recovery codes of the signed-in user.' },
  { name: 'Picture', description: 'The profile picture of a user.' },
  { name: 'Links from mails', description: 'What mailed links about an existing account do.' },
  {
    name: 'Administration',
    description:
      'For users with the role `admin`, which is read from the database at every request. Writes require a log-in or re-authentication within the last 15 minutes.',
  },
  { name: 'Service', description: 'Information about the service, for people, monitors and other services.' },
] as const

export type Tag = (typeof tags)[number]['name']
