import { siteOf } from '../origins.ts'
import type { Settings } from '../settings.ts'
import { limits } from './limits.ts'
import type { Rate } from './model.ts'

/** What a limit allows in a millisecond, which compares limits with different windows. */
export const perMillisecond = ({ limit, window }: Rate) => limit / window

/**
 * Says which settings are allowed but make the service weaker than its defaults or than recommended, for the doctor and
 * the console.
 * @param production whether the settings are those of a production deployment
 */
export const adviceOn = (s: Settings, production: boolean): string[] =>
  weak(s, production).flatMap(([is, says]) => (is ? [says] : []))

const weak = (s: Settings, production: boolean): [boolean, string][] => [
  [!s.verificationRequired, 'EMAIL_VERIFICATION=optional: anybody can register and use the address of somebody else'],
  [!s.breachCheck, 'BREACH_CHECK=off: passwords from known breaches are accepted (ASVS 5.0 6.2.12): set it to on'],
  [
    s.passwordMinLength < 15 && s.mfaRequired !== 'all',
    `PASSWORD_MIN_LENGTH=${s.passwordMinLength}: NIST SP 800-63B-4 requires 15 if a password is the only factor`,
  ],
  [
    s.docs && production,
    'DOCS=on: everybody can read the documentation of the API: set it to off if nobody needs these pages',
  ],
  [s.throttleFactor > 1, `THROTTLE_FACTOR=${s.throttleFactor}: every limit is that much looser`],
  [
    s.accessTokenSeconds > 15 * 60,
    `ACCESS_TOKEN_EXPIRE_MINUTES=${s.accessTokenSeconds / 60}: other services accept an ended session for that long`,
  ],
  [
    s.refreshTokenSeconds > 7 * 86_400,
    `REFRESH_TOKEN_EXPIRE_DAYS=${s.refreshTokenSeconds / 86_400}: a stolen device stays signed in that long`,
  ],
  [
    s.sessionSeconds > 30 * 86_400,
    `SESSION_MAX_DAYS=${s.sessionSeconds / 86_400}: nobody has to give a password for that long`,
  ],
  [
    s.refreshGraceSeconds > 30,
    `REFRESH_GRACE_SECONDS=${s.refreshGraceSeconds}: for that long a stolen refresh token is as good as its owner's`,
  ],
  [s.refreshGraceSeconds === 0, 'REFRESH_GRACE_SECONDS=0: two refreshes at once end the session'],
  [
    s.refreshGraceSeconds > 0 && s.refreshGraceSeconds < 20,
    `REFRESH_GRACE_SECONDS=${s.refreshGraceSeconds}: after a 503 a client without a device proof may come back too late`,
  ],
  [
    s.passwordResetSeconds > 3600,
    `PASSWORD_RESET_TOKEN_EXPIRE_MINUTES=${s.passwordResetSeconds / 60}: whoever reads an old mail can set the password`,
  ],
  [
    !s.local &&
      s.tokenTransport === 'both' &&
      siteOf(new URL(s.frontendUrl).hostname) !== siteOf(new URL(s.appUrl).hostname),
    'FRONTEND_URL: is on another site than APP_URL, so browsers send no cookies: its pages need bearer tokens, or forward /api/*',
  ],
  [
    s.replicaReads,
    `REPLICA_READS=on: an ended session can read its profile until the replicas are up to date, at most ${s.accessTokenSeconds / 60} minutes`,
  ],
  [
    !s.dataKeys,
    'DATA_KEYS: is not set, so nobody can add an authenticator app: npm run secrets -- FILE makes one, and npm run deploy uploads it',
  ],
  [
    s.mfaRequired === 'none',
    'MFA_REQUIRED=none: a password alone opens the accounts of admins too (ASVS 5.0 6.3.3): set it to admins or all. At /sign-in people can add the factor; a log-in page of your own has to let them, too',
  ],
  [s.auditRetentionDays < 30, `AUDIT_RETENTION_DAYS=${s.auditRetentionDays}: earlier events are no longer on record`],
  ...Object.entries(limits).map(([name, fallback]): [boolean, string] => [
    perMillisecond(s.limits[name as keyof typeof limits]) > perMillisecond(fallback),
    `${fallback.setting}: looser than the default`,
  ]),
]

/** What the service would advise about its own settings. */
export const createAdvice = ({ settings }: { settings: Settings }) => ({
  /** Every service that does not run on its developer's computer counts as production. */
  read: (): string[] => adviceOn(settings, !settings.local),
})
