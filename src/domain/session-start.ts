import type { Settings } from '../settings.ts'
import { amrOfProofs, isTwoFactors } from './assurance.ts'
import { auditEntry } from './audit.ts'
import type { DeviceCookies } from './device-cookies.ts'
import { circumstances, deviceName, deviceOf } from './devices.ts'
import { rateLimited } from './errors.ts'
import { opens } from './failed-log-ins.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { Limit, MailProof, Migrated, PasskeyAlone, Proof, Session, User, Visitor } from './model.ts'
import type { MailDelivery } from './outbox.ts'
import type { Denylist } from './ports/denylist.ts'
import type { Defer } from './ports/outside.ts'
import type { Second } from './ports/second-factors.ts'
import type { SessionStartStore } from './ports/session-start.ts'
import { type OneUseProof, type OneUseProofs, proofLifetimeMs } from './proof.ts'
import { unrememberedIdleMs } from './sessions.ts'
import { type AccessTokens, createTokenIssuer, type RefreshTokens, type Tokens } from './tokens.ts'
import { mayTrust, mostTrustedDevices, type TrustTokens } from './trusted-devices.ts'

type Needs = {
  sessionStartStore: SessionStartStore
  denylist: Denylist
  accessTokens: AccessTokens
  refreshTokens: RefreshTokens
  oneUseProofs: OneUseProofs
  mailDelivery: MailDelivery
  deviceCookies: DeviceCookies
  trustTokens: TrustTokens
  limits: Limits
  settings: Settings
  defer: Defer
}

type Start = {
  /** With a mail as the proof, only the id is known: the write reads the rest. */
  user: User | Pick<User, 'id'>
  proof: Proof | Migrated | PasskeyAlone | MailProof
  /** The second factor that was given with it. */
  second: Second | undefined
  /** The id of a device that the user trusts. The session then counts as begun with one factor. */
  trusted?: string | undefined
  /** Whether the next log-ins on this device should need no second factor. */
  trustDevice?: boolean | undefined
  /** False on a shared computer: the session ends when the browser closes, or after a short time without use. */
  remembered: boolean
  /** Another session of the same user, which ends when this one starts. */
  replaces: { sid: string; generation: number } | undefined
  /** The id of a known device; undefined: the device becomes known now. */
  deviceId: string | undefined
  /** The keys of failure counters that this log-in clears. */
  cleared: string[]
  /** Places that this log-in took under limits, and now gives back. */
  returned: { limits: Limit[]; at: Date }
  at: Date
}

/**
 * The tokens of a new session, and its device cookie. There is no one-use proof if the log-in proved too little for
 * one: with a mail alone if the account has a password, or on a trusted device.
 */
export type Started = Tokens &
  Partial<OneUseProof> & {
    device: string
    /** Set if the device is trusted from now on: the token that later log-ins send, and its lifetime in seconds. */
    trust: { token: string; expiresIn: number } | undefined
    /** Set if a recovery code was used, or if few are left. */
    recoveryCodesLeft: number | undefined
  }

/** The most sessions a user has at once; the oldest ends (ASVS 7.1.2). */
const sessionsPerUser = 20

export type SessionStart = ReturnType<typeof createSessionStart>

/** The one place where sessions begin, whichever way the user was authenticated. */
export const createSessionStart = (needs: Needs) => {
  const { sessionStartStore, denylist, oneUseProofs, mailDelivery, limits, settings, defer } = needs
  const { deviceCookies, trustTokens } = needs
  const tokens = createTokenIssuer(needs)

  const newSession = (
    { user, proof, second, trusted, remembered, at }: Start,
    device: string,
    { networks: _, ...place }: Visitor,
  ): Session => ({
    id: randomId(),
    userId: user.id,
    generation: 0,
    parent: null,
    nonce: randomId(),
    createdAt: at,
    rotatedAt: at,
    authTime: at,
    amr: amrOfProofs(proof, second?.factor),
    mfaAt: isTwoFactors(amrOfProofs(proof, second?.factor)) ? at : null,
    // A password alone is no full proof for an account that has a second factor.
    proof: trusted === undefined ? randomId() : null,
    remembered,
    expiresAt: new Date(at.getTime() + (remembered ? settings.refreshTokenSeconds * 1000 : unrememberedIdleMs)),
    endsAt: new Date(at.getTime() + settings.sessionSeconds * 1000),
    ...place,
    device,
  })

  /** Recovery codes are for a lost device, and a shared computer is nobody's: neither makes a device trusted. */
  const trustFor = ({ user, second, trustDevice, remembered, at }: Start, name: string, visitor: Visitor) =>
    trustDevice && second && !('recovery' in second.factor) && remembered && 'role' in user && mayTrust(settings, user)
      ? {
          ...{ id: randomId(), name, keep: mostTrustedDevices },
          expiresAt: new Date(at.getTime() + settings.trustedDeviceSeconds * 1000),
          audit: auditEntry(visitor, at),
        }
      : undefined

  return {
    /**
     * Starts a session for a proven user, if the proof is still valid at the moment of the write.
     * @returns the tokens, or the user as now stored if the proof is no longer valid or not enough; `usable`: whether the
     * mail of the proof can still be used
     * @throws AuthError `rate_limited`
     */
    async start(input: Start, visitor: Visitor): Promise<Started | { changed: User | undefined; usable: boolean }> {
      const { user, proof, second, replaces, cleared, returned, at } = input
      const deviceId = input.deviceId ?? randomId()
      const session = newSession(input, deviceId, visitor)
      const name = [deviceName(deviceOf(visitor.userAgent)), visitor.country].filter(Boolean).join(', ')
      const trust = trustFor(input, name, visitor)
      const started = await sessionStartStore.start({
        session,
        proof,
        second,
        trusted: input.trusted,
        factorFound:
          settings.factorRecoverySeconds > 0 && (second || session.mfaAt) ? auditEntry(visitor, at) : undefined,
        trust,
        mfaRequired: settings.mfaRequired,
        verifiedOnly: settings.verificationRequired,
        replaces: replaces && {
          ...{ sid: replaces.sid, generation: replaces.generation },
          graceMs: settings.refreshGraceSeconds * 1000,
          audit: auditEntry(visitor, at),
        },
        keep: sessionsPerUser,
        cleared: [...cleared, ...(second ? limits.factorFailuresOf(user.id) : [])],
        returned,
        audit: auditEntry(visitor, at),
        audited: auditEntry(visitor, at),
        device: {
          name,
          mailId: randomId(),
          lifetimeMs: settings.sessionSeconds * 1000,
          detail: circumstances(visitor),
        },
        now: at,
      })
      if ('refusedUntil' in started) throw rateLimited(started.refusedUntil, at, opens)
      if ('changed' in started) return started
      if (started.ended.length > 0) defer(denylist.add(started.ended, at))
      for (const mail of started.mails) defer(mailDelivery.deliver(mail))
      return {
        ...(await tokens({ user: { ...(started.user ?? (user as User)), lastLoginAt: at }, session }, at, {
          fresh: session.proof !== null,
        })),
        ...(started.proof && oneUseProofs.give(started.proof, session.id, at, proofLifetimeMs.logIn)),
        device: deviceCookies.issue(deviceId, user.id, at),
        trust: trust && { token: trustTokens.issue(trust.id, user.id, at), expiresIn: settings.trustedDeviceSeconds },
        recoveryCodesLeft: second?.left,
      }
    },
  }
}
