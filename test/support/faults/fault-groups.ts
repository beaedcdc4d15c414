import type { subjects } from '../../operations/index.ts'

/** The subjects of each file of fault tests. Files run in parallel; each subject is in one of them. */
export const faultGroups = {
  admin: ['userDirectory', 'administration', 'auditTrail', 'auditArchive', 'mailDirectory', 'advice'],
  auth: [
    'registration',
    'firstAdmin',
    'verification',
    'logIn',
    'logInCodes',
    'logInEnrolments',
    'mailLogIns',
    'passkeyLogIns',
    'sessions',
    'reauthentication',
    'service',
  ],
  factors: ['factors', 'passkeys', 'trustedDevices', 'factorRecovery'],
  'password-changes': ['passwordChanges', 'passwordRemovals', 'accountDeletion'],
  user: ['profiles', 'ownSessions', 'dataExport', 'avatars'],
  'way-back': ['emailChanges', 'wayBack'],
} satisfies Record<string, (keyof typeof subjects)[]>
