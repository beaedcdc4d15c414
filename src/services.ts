import { accounts } from './domain/accounts.ts'
import { administrationService } from './domain/administration.ts'
import { avatarService } from './domain/avatars.ts'
import { bookmarks } from './domain/bookmarks.ts'
import { breachCheck } from './domain/breaches.ts'
import { directoryService } from './domain/directory.ts'
import { emailChangeService } from './domain/email-changes.ts'
import { gate } from './domain/gate.ts'
import { knownDevices } from './domain/known-devices.ts'
import { limitsFor } from './domain/limits.ts'
import { linkPasswords } from './domain/link-passwords.ts'
import { logIns } from './domain/log-in.ts'
import { macs } from './domain/macs.ts'
import { post } from './domain/outbox.ts'
import { ownSessionService } from './domain/own-sessions.ts'
import { passwordChanges } from './domain/password-changes.ts'
import { passwordCheck } from './domain/password-check.ts'
import { passwords } from './domain/passwords.ts'
import type { Clock, Defer, Replied } from './domain/ports/outside.ts'
import { profileService } from './domain/profiles.ts'
import { authentication, proofs } from './domain/proof.ts'
import { removal } from './domain/removal.ts'
import { sealing } from './domain/sealing.ts'
import { liveSessions } from './domain/sessions.ts'
import { shielding } from './domain/shield.ts'
import { accessTokens, refreshTokens } from './domain/tokens.ts'
import { upkeep } from './domain/upkeep.ts'
import { verification } from './domain/verification.ts'
import { wayBackService } from './domain/way-back.ts'
import { logError } from './log.ts'
import { mailer } from './mail/mailer.ts'
import { carriedOn } from './meter.ts'
import { reporter } from './report.ts'
import { readSettings } from './settings.ts'
import { d1Administration } from './storage/administration.ts'
import { d1Audit } from './storage/audit.ts'
import { r2Avatars } from './storage/avatars.ts'
import { cloudinaryAvatars } from './storage/cloudinary.ts'
import { d1DataExport } from './storage/data-export.ts'
import { database } from './storage/database.ts'
import { d1Deletion } from './storage/deletion.ts'
import { kvDenylist } from './storage/denylist.ts'
import { d1Directory } from './storage/directory.ts'
import { d1EmailChanges } from './storage/email-changes.ts'
import { d1Freezes } from './storage/freezes.ts'
import { d1Invitations } from './storage/invitations.ts'
import { d1LogIn } from './storage/log-in.ts'
import { meteredD1 } from './storage/metered.ts'
import { d1Outbox } from './storage/outbox.ts'
import { d1OwnSessions } from './storage/own-sessions.ts'
import { d1PasswordChanges } from './storage/password-changes.ts'
import { d1Profiles } from './storage/profiles.ts'
import { pwnedPasswords } from './storage/pwned-passwords.ts'
import { d1Reauthentication } from './storage/reauthentication.ts'
import { d1Refresh } from './storage/refresh.ts'
import { replicated } from './storage/replicas.ts'
import { d1SessionStart } from './storage/session-start.ts'
import { d1Sessions } from './storage/sessions.ts'
import { bindingShield } from './storage/shield.ts'
import { d1Upkeep } from './storage/upkeep.ts'
import { d1UserEditing } from './storage/user-editing.ts'
import { d1Registration } from './storage/users.ts'
import { d1Verification } from './storage/verification.ts'
import { d1WayBack } from './storage/way-back.ts'

/** Bindings that a deployment may do without. */
type OptionalBindings = { EVENTS?: AnalyticsEngineDataset }

/** What a test replaces: the time, and when and how work goes on after a reply. */
export type Outside = { now: Clock; defer: Defer; replied: Replied }

/** One hash at a time in this isolate, however many sets of services it makes. */
const hashGate = gate()

/**
 * The composition root: bindings and settings in, services out. Made once per isolate, so nothing here may belong to a request.
 * @throws {Misconfigured}
 */
export const createServices = (env: Env & OptionalBindings, outside: Outside) => {
  const settings = readSettings(env)
  const { now } = outside
  const defer: Defer = (work) => outside.defer(carriedOn(work.catch((error) => logError('after the reply', error))))

  const d1 = meteredD1(env.DB)
  const replicas = settings.replicaReads ? replicated(d1, now) : undefined
  const db = database(replicas?.primary ?? d1)
  const nearest = replicas ? database(replicas.nearest) : db
  const notBefore = settings.tokensNotBefore
  const stores = {
    registrationStore: d1Registration(db),
    verificationStore: d1Verification(db, notBefore),
    passwordChangeStore: d1PasswordChanges(db, notBefore),
    sessionStore: d1Sessions(db, nearest),
    logInStore: d1LogIn(db),
    sessionStartStore: d1SessionStart(db),
    refreshStore: d1Refresh(db, notBefore),
    reauthenticationStore: d1Reauthentication(db, notBefore),
    profileStore: d1Profiles(db),
    emailChangeStore: d1EmailChanges(db, notBefore),
    wayBackStore: d1WayBack(db, notBefore),
    freezeStore: d1Freezes(db, notBefore),
    ownSessionStore: d1OwnSessions(db, notBefore, nearest),
    accountDeletionStore: d1Deletion(db, notBefore),
    auditStore: d1Audit(db),
    dataExportStore: d1DataExport(db),
    userDirectoryStore: d1Directory(db),
    administrationStore: d1Administration(db),
    invitationStore: d1Invitations(db),
    userEditingStore: d1UserEditing(db),
    upkeepStore: d1Upkeep(db),
    outboxStore: d1Outbox(db),
  }
  const denylist = kvDenylist(env.DENYLIST, settings.accessTokenSeconds)

  const keyed = macs(settings.tokenKeys)
  const limits = limitsFor(keyed, settings.limits, settings.throttleFactor, settings.passwordResetSeconds)
  const outbox = post({ ...stores, mailer: mailer(env.EMAIL, settings), macs: keyed, settings, ...outside })
  const hashing = passwords(settings.passwordScrypt, hashGate, (format) =>
    logError('a stored password', new Error('no format reads it'), { format }),
  )
  const checking = passwordCheck({
    ...stores,
    denylist,
    passwords: hashing,
    post: outbox,
    limits,
    macs: keyed,
    now,
    defer,
  })
  const oneUse = proofs(keyed)
  const shared = {
    ...stores,
    denylist,
    passwords: hashing,
    passwordCheck: checking,
    post: outbox,
    refuseBreached: breachCheck({ breaches: pwnedPasswords(), ...stores, macs: keyed, settings, now, defer }),
    limits,
    knownDevices: knownDevices(keyed),
    macs: keyed,
    registered: sealing(settings.tokenKeys, 'registered'),
    settings,
    now,
    defer,
    proofs: oneUse,
    authentication: authentication({ passwordCheck: checking, proofs: oneUse, now }),
  }
  const shield = shielding({ counter: bindingShield(env.SHIELD, now), limits, settings })
  const tokens = { accessTokens: accessTokens(settings), refreshTokens: refreshTokens(keyed) }

  const own = r2Avatars(env.AVATARS, env.IMAGES)
  const avatars = avatarService({
    ...shared,
    stores: settings.cloudinary ? [cloudinaryAvatars(settings.cloudinary, now), own] : [own],
    own,
    begin: stores.reauthenticationStore.readLimited,
  })

  const byLink = linkPasswords(shared)
  const emailChanges = emailChangeService({
    ...shared,
    linkPasswords: byLink,
  })
  const registration = accounts(shared)
  const resendVerification: Parameters<typeof logIns>[0]['resendVerification'] = (user, visitor) =>
    registration.resendAtLogIn({ address: user.email, canonical: user.emailCanonical }, visitor)
  return {
    settings,
    report: reporter(settings.log, env.EVENTS),
    ...tokens,
    shield,
    accounts: {
      ...registration,
      ...verification({ ...shared, linkPasswords: byLink }),
      ...passwordChanges({ ...shared, ...tokens }),
    },
    sessions: {
      ...logIns({ ...shared, ...tokens, resendVerification }),
      ...liveSessions({ ...shared, ...tokens, shield }),
    },
    profiles: profileService({ ...shared, emailChanges }),
    emailChanges,
    wayBack: wayBackService({ ...shared, linkPasswords: byLink }),
    avatars,
    ownSessions: ownSessionService(shared),
    removal: removal({ ...shared, removeAvatar: avatars.forget }),
    administration: administrationService(shared),
    directory: directoryService(shared),
    outbox,
    bookmarks: replicas && { ...bookmarks(settings.tokenKeys), during: replicas.during },
    upkeep: upkeep({ ...stores, avatars: own, settings, now }),
    now,
  }
}

export type Services = ReturnType<typeof createServices>
