import { createAccountDeletionStore } from './account-deletion.ts'
import { createAdministrationStore } from './administration.ts'
import { createAlertStore } from './alerts.ts'
import { createAuditStore } from './audit.ts'
import { createAuditArchiveStore } from './audit-archive.ts'
import { createDataExportStore } from './data-export.ts'
import type { Db } from './database.ts'
import { createEmailChangeStore } from './email-changes.ts'
import { createFactorRecoveryStore } from './factor-recovery.ts'
import { createFactorRemovalStore } from './factor-removals.ts'
import { createFactorStore } from './factors.ts'
import { createFirstAdminStore } from './first-admin.ts'
import { createFreezeStore } from './freezes.ts'
import { createInvitationStore } from './invitations.ts'
import { createLinkRequestStore } from './link-requests.ts'
import { createLogInStore } from './log-in.ts'
import { createLogInEnrolmentStore } from './log-in-enrolments.ts'
import { createMailDirectoryStore } from './mail-directory.ts'
import { createMailLogInStore } from './mail-log-ins.ts'
import { createOutboxStore } from './outbox.ts'
import { createOwnSessionStore } from './own-sessions.ts'
import { createPasskeyStore } from './passkeys.ts'
import { createPasswordChangeStore } from './password-changes.ts'
import { createPasswordRemovalStore } from './password-removals.ts'
import { createProfileStore } from './profiles.ts'
import { createReauthenticationStore } from './reauthentication.ts'
import { createRefreshStore } from './refresh.ts'
import { createRegistrationStore } from './registration.ts'
import { createSecondFactorStore } from './second-factors.ts'
import { createSessionStartStore } from './session-start.ts'
import { createSessionStore } from './sessions.ts'
import { createTrustedDeviceStore } from './trusted-devices.ts'
import { createUpkeepStore } from './upkeep.ts'
import { createUserDirectoryStore } from './user-directory.ts'
import { createUserEditingStore } from './user-editing.ts'
import { createVerificationStore } from './verification.ts'
import { createWayBackStore } from './way-back.ts'

/**
 * Creates every store on D1.
 * @param nearest the database for reads that a replica may answer
 * @param notBefore tokens and links from before this moment are void
 */
export const createStores = (db: Db, nearest: Db, notBefore: Date) => ({
  linkRequestStore: createLinkRequestStore(db),
  registrationStore: createRegistrationStore(db),
  firstAdminStore: createFirstAdminStore(db),
  verificationStore: createVerificationStore(db, notBefore),
  passwordChangeStore: createPasswordChangeStore(db, notBefore),
  passwordRemovalStore: createPasswordRemovalStore(db),
  sessionStore: createSessionStore(db, nearest),
  logInStore: createLogInStore(db),
  logInEnrolmentStore: createLogInEnrolmentStore(db),
  mailLogInStore: createMailLogInStore(db),
  secondFactorStore: createSecondFactorStore(db),
  sessionStartStore: createSessionStartStore(db, notBefore),
  refreshStore: createRefreshStore(db, notBefore),
  reauthenticationStore: createReauthenticationStore(db, notBefore),
  profileStore: createProfileStore(db),
  emailChangeStore: createEmailChangeStore(db, notBefore),
  factorStore: createFactorStore(db),
  passkeyStore: createPasskeyStore(db),
  trustedDeviceStore: createTrustedDeviceStore(db),
  factorRecoveryStore: createFactorRecoveryStore(db, notBefore),
  factorRemovalStore: createFactorRemovalStore(db, notBefore),
  wayBackStore: createWayBackStore(db, notBefore),
  freezeStore: createFreezeStore(db, notBefore),
  ownSessionStore: createOwnSessionStore(db, notBefore, nearest),
  accountDeletionStore: createAccountDeletionStore(db, notBefore),
  auditStore: createAuditStore(db),
  auditArchiveStore: createAuditArchiveStore(db),
  dataExportStore: createDataExportStore(db),
  userDirectoryStore: createUserDirectoryStore(db),
  administrationStore: createAdministrationStore(db),
  invitationStore: createInvitationStore(db),
  userEditingStore: createUserEditingStore(db),
  upkeepStore: createUpkeepStore(db),
  alertStore: createAlertStore(db),
  outboxStore: createOutboxStore(db),
  mailDirectoryStore: createMailDirectoryStore(db),
})
