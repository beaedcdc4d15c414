import type { subjects } from '../../operations/index.ts'

/** The subjects of each file of fault tests. Files run in parallel; each subject is in one of them. */
export const faultGroups = {
  admin: ['userDirectory', 'administration', 'auditTrail'],
  auth: ['registration', 'verification', 'logIn', 'sessions', 'reauthentication', 'service'],
  factors: ['factors'],
  'password-changes': ['passwordChanges', 'accountDeletion'],
  user: ['profiles', 'ownSessions', 'dataExport', 'avatars'],
  'way-back': ['emailChanges', 'wayBack'],
} satisfies Record<string, (keyof typeof subjects)[]>
