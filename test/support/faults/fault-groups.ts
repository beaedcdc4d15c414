import type { subjects } from '../../operations/index.ts'

/** Which subjects one file of fault tests takes: files run beside each other. Each subject is in one of them. */
export const faultGroups = {
  admin: ['userDirectory', 'administration', 'auditTrail'],
  auth: ['registration', 'verification', 'logIn', 'sessions', 'reauthentication', 'service'],
  'password-changes': ['passwordChanges', 'accountDeletion'],
  user: ['profiles', 'ownSessions', 'dataExport', 'avatars'],
  'way-back': ['emailChanges', 'wayBack'],
} satisfies Record<string, (keyof typeof subjects)[]>
