import type { Settings } from '../settings.ts'
import { amrOf } from './assurance.ts'
import { auditEntry } from './audit.ts'
import type { Enrolments } from './enrolments.ts'
import { AuthError, InvalidEnrolment, InvalidLink } from './errors.ts'
import { type FactorChanges, removalRules, unverified } from './factor-changes.ts'
import { randomId } from './ids.ts'
import { readLinkToken } from './link-tokens.ts'
import type { Macs } from './macs.ts'
import type { User, Visitor } from './model.ts'
import { noticeLifetimeMs } from './outbox.ts'
import type { FactorRemovalStore } from './ports/factor-removals.ts'
import type { FactorStore, ListedFactors, TotpApp } from './ports/factors.ts'
import type { Clock } from './ports/outside.ts'
import type { Given, Principal } from './proof.ts'
import { newRecoveryCodes } from './recovery-codes.ts'
import type { Sealing } from './sealing.ts'
import { type AccessTokens, createTokenIssuer, type RefreshTokens, type Tokens } from './tokens.ts'
import { otpauthUri, seedAbout } from './totp.ts'

type Needs = {
  factorStore: FactorStore
  factorRemovalStore: FactorRemovalStore
  factorChanges: FactorChanges
  accessTokens: AccessTokens
  refreshTokens: RefreshTokens
  macs: Macs
  /** Undefined without DATA_KEYS. */
  seeds: Sealing | undefined
  enrolments: Enrolments | undefined
  settings: Settings
  now: Clock
}

/** The most apps of a user: one on the old phone, and one on the new. */
const mostApps = 2

/** The second factors of the signed-in user (docs/decisions/0033-second-factors.md). */
export const createFactors = (needs: Needs) => {
  const { factorStore, factorRemovalStore, factorChanges, macs, seeds, enrolments, settings, now } = needs
  const { proven, change, done } = factorChanges
  const tokens = createTokenIssuer(needs)

  /** Returns the factors of the session's user. @throws AuthError `invalid_token` */
  const read = async (sid: string): Promise<ListedFactors & { user: User }> => {
    const found = await factorStore.read(sid, now())
    if (!found) throw new AuthError('invalid_token')
    return found
  }

  return {
    read,

    /**
     * Begins to add an authenticator app. Nothing is stored: the client keeps the encrypted enrolment and gives it back
     * with the first code of the app.
     * @returns the seed in base32, the URI that apps read as a QR code, and the enrolment with its lifetime in seconds
     * @throws AuthError `not_found` without DATA_KEYS, `invalid_token`, `forbidden`, `factor_limit`
     */
    async startTotp(principal: Principal) {
      if (!enrolments) throw new AuthError('not_found')
      const { user, totp } = await read(principal.sid)
      if (user.emailVerifiedAt === null) throw unverified()
      if (totp.length >= mostApps) throw new AuthError('factor_limit')
      const begun = await enrolments.begin(principal, now())
      return { ...begun, otpauthUri: otpauthUri(begun.secret, settings.appName, user.email) }
    },

    /**
     * Adds an authenticator app that shows the right code. With the first factor of a user, app or passkey, come recovery
     * codes. All other sessions end, and this one counts as a log-in with two factors.
     * @throws InvalidEnrolment, AuthError `wrong_code`, `reauthentication_required`, `wrong_password`, `not_found`,
     * `invalid_token`, `forbidden`, `factor_limit`, `rate_limited`, `busy`
     */
    async confirmTotp(
      principal: Principal,
      asked: { enrolment: string; code: string; name: string | null },
      given: Given,
      visitor: Visitor,
    ): Promise<{ app: TotpApp; recoveryCodes: string[] | undefined; tokens: Tokens }> {
      if (!seeds || !enrolments) throw new AuthError('not_found')
      const result = await proven(principal, given, visitor, async (full) => {
        const first = await enrolments.confirm(asked, principal, now())
        if (first instanceof AuthError) return first
        const { id, secret, lastStep } = first
        const { codes, ...kept } = newRecoveryCodes()
        const request = change(principal, full, visitor, { factor: id })
        const added = await factorStore.addTotp({
          ...request,
          app: { id, secret: await seeds.seal(secret, seedAbout(id, principal.userId)), lastStep, name: asked.name },
          most: mostApps,
          codes: kept,
          next: { nonce: randomId(), amr: amrOf.passwordAndCode, idleMs: settings.refreshTokenSeconds * 1000 },
        })
        const { signedIn, codesKept } = done(added, new InvalidEnrolment(), request.now)
        return {
          app: { id, name: asked.name, createdAt: request.now, lastUsedAt: null },
          recoveryCodes: codesKept ? codes : undefined,
          tokens: await tokens(signedIn, request.now, { fresh: true }),
        }
      })
      if (result instanceof AuthError) throw result
      return result
    },

    /** @throws AuthError `invalid_token`, `not_found` */
    async renameTotp({ sid }: Principal, id: string, name: string | null, visitor: Visitor): Promise<TotpApp> {
      const at = now()
      const app = await factorStore.renameTotp({ sid, id, name, audit: auditEntry(visitor, at), now: at })
      if (!app) throw new AuthError('invalid_token')
      if (app === 'gone') throw new AuthError('not_found')
      return app
    },

    /**
     * Removes an authenticator app and ends all other sessions. The recovery codes are removed with the last factor.
     * @throws AuthError `reauthentication_required`, `wrong_password`, `invalid_token`, `not_found`, `last_factor`,
     * `rate_limited`, `busy`
     */
    removeTotp: (principal: Principal, id: string, given: Given, visitor: Visitor): Promise<void> =>
      proven(principal, given, visitor, async (full) => {
        const request = change(principal, full, visitor)
        const removed = await factorRemovalStore.remove({ ...request, ...removalRules(settings), id })
        done(removed, new AuthError('not_found'), request.now)
      }),

    /**
     * Replaces all recovery codes.
     * @throws AuthError `reauthentication_required`, `wrong_password`, `invalid_token`, `not_found` without a factor,
     * `rate_limited`, `busy`
     */
    replaceCodes: (principal: Principal, given: Given, visitor: Visitor): Promise<string[]> =>
      proven(principal, given, visitor, async (full) => {
        const { codes, ...kept } = newRecoveryCodes()
        const request = change(principal, full, visitor)
        done(await factorStore.replaceCodes({ ...request, codes: kept }), new AuthError('not_found'), request.now)
        return codes
      }),

    /** Removes the factor that a mail is about and ends every session. Works once. @throws InvalidLink */
    async removeByLink(token: string, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link remove_factor', token)
      const at = now()
      const notice = { id: randomId(), lifetimeMs: noticeLifetimeMs }
      const removed =
        linkId && (await factorRemovalStore.removeByLink({ linkId, notice, audit: auditEntry(visitor, at), now: at }))
      done(removed || 'gone', new InvalidLink(), at)
    },
  }
}
