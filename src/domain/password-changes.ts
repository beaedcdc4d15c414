import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import type { DeviceCookies } from './device-cookies.ts'
import type { EmailAddress } from './email.ts'
import { AuthError, InvalidLink } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { LinkRequests } from './link-requests.ts'
import { readLinkToken } from './link-tokens.ts'
import type { Macs } from './macs.ts'
import type { Mail, User, Visitor } from './model.ts'
import type { MailDelivery } from './outbox.ts'
import type { PasswordCheck } from './password-check.ts'
import { checkNewPassword, normalizePassword } from './password-policy.ts'
import type { Passwords } from './passwords.ts'
import type { Denylist } from './ports/denylist.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { PasswordChangeStore } from './ports/password-changes.ts'
import type { OneUseProofs, Principal } from './proof.ts'
import type { BreachCheck } from './pwned-passwords.ts'
import { type AccessTokens, createTokenIssuer, type RefreshTokens, type Tokens } from './tokens.ts'

type Needs = {
  passwordChangeStore: PasswordChangeStore
  denylist: Denylist
  passwords: Passwords
  passwordCheck: PasswordCheck
  accessTokens: AccessTokens
  refreshTokens: RefreshTokens
  refuseBreached: BreachCheck
  mailDelivery: MailDelivery
  linkRequests: LinkRequests
  limits: Limits
  deviceCookies: DeviceCookies
  oneUseProofs: OneUseProofs
  macs: Macs
  settings: Settings
  now: Clock
  defer: Defer
}

type ChangePassword = {
  principal: Principal
  current: string
  newPassword: string
  /** The one-use proof in the request. */
  proof: string | undefined
  device: string | undefined
}

/** Milliseconds for which the link in the mail about a new password works ("that was not me"). */
const disownLifetimeMs = 7 * 86_400_000

/** The two ways to set a new password: a mailed link, or the current password. */
export const createPasswordChanges = (needs: Needs) => {
  const { passwordChangeStore, denylist, passwords, passwordCheck, refuseBreached, mailDelivery } = needs
  const { linkRequests, limits, deviceCookies, oneUseProofs, macs, settings, now, defer } = needs

  const check = (password: string, user: User) =>
    checkNewPassword(password, {
      field: 'new_password',
      minLength: settings.passwordMinLength,
      context: { appName: settings.appName, email: user.email, name: user.name },
    })

  /** The new cookie for the device that set the password: dated 1 ms after the revocation, it is not revoked. */
  const remembered = (user: User, at: Date, id = randomId()) =>
    deviceCookies.issue(id, user.id, new Date(at.getTime() + 1))

  const tokens = createTokenIssuer(needs)

  const announce = (done: { ended: string[]; mail: Mail | undefined }, at: Date) => {
    if (done.ended.length > 0) defer(denylist.add(done.ended, at))
    if (done.mail) defer(mailDelivery.deliver(done.mail))
  }

  return {
    /**
     * Mails a reset link if the address has an active account; the caller does not learn whether.
     * @throws AuthError `rate_limited`
     */
    forgotPassword: (email: EmailAddress, visitor: Visitor) => linkRequests.request('reset', email, visitor),

    /**
     * Sets the password by a link, once, and ends every session. The new password is checked before the link is used
     * up.
     * @returns the device cookie, so that strangers' guesses cannot keep this device from logging in
     * @throws InvalidLink, AuthError `password_*`, `busy`
     */
    async resetPassword(token: string, newPassword: string, visitor: Visitor): Promise<{ device: string }> {
      // A verification link also sets a password: its reader may not know the one that the address was registered with.
      const linkId =
        readLinkToken(macs, 'link reset_password', token) ?? readLinkToken(macs, 'link verify_email', token)
      const user = linkId && (await passwordChangeStore.readResetLink({ linkId, now: now() }))
      if (!user) throw new InvalidLink()
      await check(newPassword, user)
      await refuseBreached(newPassword, 'new_password')
      const passwordHash = await passwords.hash(newPassword)
      const at = now()
      const done = await passwordChangeStore.resetPassword({
        linkId,
        nonce: randomId(),
        passwordHash,
        noticeId: randomId(),
        noticeLifetimeMs: disownLifetimeMs,
        cleared: [
          ...limits.logInFailuresOf(user.emailCanonical),
          ...limits.mailCounters(user.emailCanonical, 'reset', 'log_in'),
        ],
        audit: auditEntry(visitor, at),
        now: at,
      })
      if (!done) throw new InvalidLink()
      announce(done, at)
      return { device: remembered(user, at) }
    },

    /**
     * Sets the password of the session's user and ends the other sessions. This session continues under a new id with
     * new tokens, so that stolen copies of the old ones are void.
     * @param device the device cookie from an earlier log-in
     * @returns the tokens, the device cookie, and whether the given one belonged to this user
     * @throws AuthError `invalid_token`, `wrong_password`, `second_factor_required`, `password_*`, `rate_limited`, `busy`
     */
    async changePassword(
      { principal: { sid }, current, newPassword, proof: given, device }: ChangePassword,
      visitor: Visitor,
    ): Promise<{ tokens: Tokens; device: string; wasKnown: boolean }> {
      const proof = given === undefined ? undefined : oneUseProofs.read(given, sid, now())
      const asked = {
        password: current,
        field: 'current_password',
        hasProof: proof !== undefined,
        visitor,
        refuse: (user: User) => check(newPassword, user),
      }
      return passwordCheck.check(sid, asked, async (user) => {
        if (normalizePassword(newPassword) === normalizePassword(current)) {
          const detail = 'The new password is the current one.'
          throw new AuthError('validation_failed', {
            detail,
            errors: [{ field: 'new_password', code: 'unchanged', detail }],
          })
        }
        await refuseBreached(newPassword, 'new_password')
        const passwordHash = await passwords.hash(newPassword)
        const at = now()
        const deviceId = randomId()
        const done = await passwordChangeStore.changePassword({
          sid,
          userId: user.id,
          checkedHash: user.passwordHash!,
          proof,
          passwordHash,
          next: { sid: randomId(), nonce: randomId(), idleMs: settings.refreshTokenSeconds * 1000, device: deviceId },
          noticeId: randomId(),
          noticeLifetimeMs: disownLifetimeMs,
          cleared: [
            ...passwordCheck.countersOf(sid),
            ...limits.logInFailuresOf(user.emailCanonical),
            ...limits.mailCounters(user.emailCanonical, 'reset', 'log_in'),
          ],
          audit: auditEntry(visitor, at),
          now: at,
        })
        if (!done) throw new AuthError('invalid_token')
        announce(done, at)
        const known = device === undefined ? undefined : deviceCookies.read(device, at)
        return {
          tokens: await tokens(done.signedIn, at),
          device: remembered(user, at, deviceId),
          wasKnown: known?.userId === user.id,
        }
      })
    },

    /**
     * Handles "That was not me" from the mail about a new password: removes the password, ends every session, cancels a
     * pending change of address, and mails a link to set another password.
     * @throws InvalidLink
     */
    async disownPassword(token: string, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link end_sessions', token)
      const at = now()
      const done =
        linkId &&
        (await passwordChangeStore.disownPassword({
          linkId,
          nonce: randomId(),
          mailId: randomId(),
          lifetimeMs: settings.passwordResetSeconds * 1000,
          audit: auditEntry(visitor, at),
          now: at,
        }))
      if (!done) throw new InvalidLink()
      announce(done, at)
    },
  }
}
