import { createAccountDeletion } from './domain/account-deletion.ts'
import { createAdministration } from './domain/administration.ts'
import { createAdvice } from './domain/advice.ts'
import { createAlerts } from './domain/alerts.ts'
import { createAuditArchive } from './domain/audit-archive.ts'
import { createAuditTrail } from './domain/audit-trail.ts'
import { createAvatars } from './domain/avatars.ts'
import { createBackups } from './domain/backups.ts'
import { createBookmarks } from './domain/bookmarks.ts'
import { createBridge } from './domain/bridge.ts'
import { createDataExport } from './domain/data-export.ts'
import { createDeviceCookies } from './domain/device-cookies.ts'
import { createEdgeRateLimit } from './domain/edge-rate-limit.ts'
import { createEmailChanges } from './domain/email-changes.ts'
import { createEnrolments } from './domain/enrolments.ts'
import { createFactorChanges } from './domain/factor-changes.ts'
import { createFactorRecovery } from './domain/factor-recovery.ts'
import { createFactorRemovals } from './domain/factor-removals.ts'
import { createFactors } from './domain/factors.ts'
import { createFirstAdmin } from './domain/first-admin.ts'
import { createGate } from './domain/gate.ts'
import { createLimits } from './domain/limits.ts'
import { createLinkPasswords } from './domain/link-passwords.ts'
import { createLinkRequests } from './domain/link-requests.ts'
import { createLogIn } from './domain/log-in.ts'
import { createLogInChallenges } from './domain/log-in-challenges.ts'
import { createLogInCodes } from './domain/log-in-codes.ts'
import { createLogInEnrolments } from './domain/log-in-enrolments.ts'
import { createMacs } from './domain/macs.ts'
import { createMailChallenges } from './domain/mail-challenges.ts'
import { createMailCodes } from './domain/mail-codes.ts'
import { createMailDirectory } from './domain/mail-directory.ts'
import { createMailLogIns } from './domain/mail-log-ins.ts'
import { createNewFactors } from './domain/new-factors.ts'
import { createMailDelivery } from './domain/outbox.ts'
import { createOwnSessions } from './domain/own-sessions.ts'
import { createPasskeyChallenges } from './domain/passkey-challenges.ts'
import { createPasskeyChecks } from './domain/passkey-checks.ts'
import { createPasskeyLogIns } from './domain/passkey-log-ins.ts'
import { createPasskeys } from './domain/passkeys.ts'
import { createPasswordChanges } from './domain/password-changes.ts'
import { createPasswordCheck } from './domain/password-check.ts'
import { createPasswordRemovals } from './domain/password-removals.ts'
import { createPasswords } from './domain/passwords.ts'
import type { Clock, Defer, Replied } from './domain/ports/outside.ts'
import { createProfiles } from './domain/profiles.ts'
import { createAuthentication, createOneUseProofs } from './domain/proof.ts'
import { createBreachCheck } from './domain/pwned-passwords.ts'
import { createReauthentication } from './domain/reauthentication.ts'
import { createRegistration } from './domain/registration.ts'
import type { Scrypt } from './domain/scrypt.ts'
import { createBackupSealing, createSealing } from './domain/sealing.ts'
import { createSecondFactors } from './domain/second-factors.ts'
import { createSessionStart } from './domain/session-start.ts'
import { createSessions } from './domain/sessions.ts'
import { createAccessTokens, createRefreshTokens } from './domain/tokens.ts'
import { createTrustedDevices, createTrustTokens } from './domain/trusted-devices.ts'
import { createUpkeep } from './domain/upkeep.ts'
import { createUserDirectory } from './domain/user-directory.ts'
import { createVerification } from './domain/verification.ts'
import { createWayBack } from './domain/way-back.ts'
import { logError } from './log.ts'
import { createAlertSender } from './mail/alerts.ts'
import { createCatalogue } from './mail/catalogue.ts'
import { createMailer } from './mail/mailer.ts'
import { trackDeferred } from './meter.ts'
import { Misconfigured } from './misconfigured.ts'
import { type OptionalBindings, presentBindings, requireBuckets } from './optional-bindings.ts'
import { createReporter } from './report.ts'
import { readSettings } from './settings.ts'
import { createArchiveVault } from './storage/audit-archive.ts'
import { createR2Avatars } from './storage/avatars.ts'
import { createBackupSource, createBackupVault } from './storage/backups.ts'
import { createCloudinaryAvatars } from './storage/cloudinary.ts'
import { createDatabase } from './storage/database.ts'
import { createDenylist } from './storage/denylist.ts'
import { createEdgeRateLimitCounter } from './storage/edge-rate-limit.ts'
import { createMeteredD1 } from './storage/metered.ts'
import { createMigrationHook } from './storage/migration-hook.ts'
import { createPwnedPasswords } from './storage/pwned-passwords.ts'
import { createReplicas } from './storage/replicas.ts'
import { createStores } from './storage/stores.ts'

/**
 * What tests replace: the clock, and how work continues after a reply. Only the entry point for
 * `PASSWORD_ENGINE = "native"` sets `nativeScrypt`.
 */
export type Outside = { now: Clock; defer: Defer; replied: Replied; nativeScrypt?: Scrypt }

/** One hash at a time in this isolate, even if several sets of services exist. */
const hashGate = createGate()

/** The composition root, run once per isolate: nothing here may belong to a request. @throws {Misconfigured} */
export const createServices = (env: Env & OptionalBindings, outside: Outside) => {
  const settings = readSettings(env)
  const { now } = outside
  const defer: Defer = (work) => outside.defer(trackDeferred(work.catch((error) => logError('after the reply', error))))

  requireBuckets(env, settings)
  const native = settings.passwordEngine === 'native'
  if (native && !outside.nativeScrypt)
    throw new Misconfigured(['PASSWORD_ENGINE: native needs `main = "src/native.ts"` in wrangler.toml'])

  const d1 = createMeteredD1(env.DB)
  const replicas = settings.replicaReads ? createReplicas(d1, now) : undefined
  const db = createDatabase(replicas?.primary ?? d1)
  const nearest = replicas ? createDatabase(replicas.nearest) : db
  const stores = createStores(db, nearest, settings.tokensNotBefore)
  const denylist = createDenylist(env.DENYLIST, settings.accessTokenSeconds)

  const macs = createMacs(settings.tokenKeys)
  const hook = settings.migrationHook && createMigrationHook(settings.migrationHook, env.MIGRATION, now)
  const passwords = createPasswords(
    settings.passwordScrypt,
    hashGate,
    (format) => logError('a stored password', new Error('no format reads it'), { format }),
    native ? outside.nativeScrypt : undefined,
  )
  const base = {
    ...stores,
    ...outside,
    defer,
    settings,
    denylist,
    macs,
    passwords,
    limits: createLimits(macs, settings.limits, settings.throttleFactor, settings.passwordResetSeconds),
    mailer: createMailer(env.EMAIL, settings, createCatalogue(env.ASSETS)),
    alertSender: createAlertSender(env.EMAIL, settings, (way, error) => logError('alert', error, { way })),
    breaches: createPwnedPasswords(),
    deviceCookies: createDeviceCookies(macs),
    trustTokens: createTrustTokens(createDeviceCookies(macs, 'trust'), settings),
    mailCodes: createMailCodes(macs),
    oneUseProofs: createOneUseProofs(macs),
    registered: createSealing(settings.tokenKeys, 'registered'),
    seeds: settings.dataKeys && createSealing(settings.dataKeys, 'totp'),
    enrolments: settings.dataKeys && createEnrolments(createSealing(settings.dataKeys, 'enrolment')),
    passkeyChallenges: createPasskeyChallenges(macs, settings.tokensNotBefore),
    accessTokens: createAccessTokens(settings),
    refreshTokens: createRefreshTokens(macs),
    counter: createEdgeRateLimitCounter(env.SHIELD, now),
  }
  const mailDelivery = createMailDelivery(base)
  const secondFactors = createSecondFactors({ ...base, mailDelivery })
  const passwordCheck = createPasswordCheck({ ...base, mailDelivery, secondFactors })
  const shared = {
    ...base,
    mailDelivery,
    passwordCheck,
    secondFactors,
    mailChallenges: createMailChallenges(createSealing(settings.tokenKeys, 'mail log in'), settings.tokensNotBefore),
    logInChallenges: createLogInChallenges(macs, settings.tokensNotBefore),
    sessionStart: createSessionStart({ ...base, mailDelivery }),
    passkeyChecks: createPasskeyChecks(base),
    refuseBreached: createBreachCheck(base),
    authentication: createAuthentication({ ...base, passwordCheck }),
    edgeRateLimit: createEdgeRateLimit(base),
    linkPasswords: createLinkPasswords(base),
    linkRequests: createLinkRequests({ ...base, mailDelivery }),
    auditTrail: createAuditTrail(base),
  }

  const own = createR2Avatars(env.AVATARS, env.IMAGES)
  const avatars = createAvatars({
    ...shared,
    stores: settings.cloudinary ? [createCloudinaryAvatars(settings.cloudinary, now), own] : [own],
    own,
  })
  const emailChanges = createEmailChanges(shared)
  const factorChanges = createFactorChanges(shared)
  const verification = createVerification(shared)
  return {
    settings,
    bindings: presentBindings(env),
    now,
    report: createReporter(settings.log, env.EVENTS),
    accessTokens: shared.accessTokens,
    refreshTokens: shared.refreshTokens,
    seeds: shared.seeds,
    edgeRateLimit: shared.edgeRateLimit,
    registration: createRegistration(shared),
    firstAdmin: createFirstAdmin(shared),
    verification,
    logIn: createLogIn({
      ...shared,
      bridge: hook && createBridge(hook),
      resendVerification: (user, visitor) =>
        verification.resendAtLogIn({ address: user.email, canonical: user.emailCanonical }, visitor),
    }),
    logInCodes: createLogInCodes(shared),
    logInEnrolments: createLogInEnrolments({ ...shared, newFactors: createNewFactors(shared) }),
    mailLogIns: createMailLogIns(shared),
    passkeyLogIns: createPasskeyLogIns(shared),
    sessions: createSessions(shared),
    reauthentication: createReauthentication(shared),
    passwordChanges: createPasswordChanges(shared),
    passwordRemovals: createPasswordRemovals({ ...shared, factorChanges }),
    profiles: createProfiles({ ...shared, emailChanges }),
    emailChanges,
    wayBack: createWayBack(shared),
    avatars,
    factors: createFactors({ ...shared, factorChanges }),
    factorRecovery: createFactorRecovery({ ...shared, factorChanges }),
    passkeys: createPasskeys({ ...shared, factorChanges }),
    trustedDevices: createTrustedDevices(shared),
    ownSessions: createOwnSessions(shared),
    accountDeletion: createAccountDeletion({ ...shared, removeAvatar: avatars.forget }),
    dataExport: createDataExport(shared),
    administration: createAdministration(shared),
    factorRemovals: createFactorRemovals(shared),
    userDirectory: createUserDirectory(shared),
    auditTrail: shared.auditTrail,
    auditArchive: createAuditArchive({
      ...shared,
      archiveVault: env.AUDIT_ARCHIVE && createArchiveVault(env.AUDIT_ARCHIVE),
    }),
    advice: createAdvice(shared),
    mailDelivery,
    mailDirectory: createMailDirectory(shared),
    bookmarks: replicas && { ...createBookmarks(settings.tokenKeys), during: replicas.during },
    upkeep: createUpkeep({ ...shared, avatars: own }),
    alerts: createAlerts(shared),
    backups: createBackups({
      ...shared,
      backupSource: createBackupSource(db),
      backupVault:
        settings.backups.keys &&
        env.BACKUPS &&
        createBackupVault(env.BACKUPS, createBackupSealing(settings.backups.keys)),
    }),
  }
}

export type Services = ReturnType<typeof createServices>
