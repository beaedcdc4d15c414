import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import { circumstances } from './devices.ts'
import type { EmailAddress } from './email.ts'
import { AuthError, rateLimited } from './errors.ts'
import { newId, randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { Macs } from './macs.ts'
import type { User, Visitor } from './model.ts'
import { newUser } from './new-users.ts'
import { type MailDelivery, noticeLifetimeMs, spentFrom } from './outbox.ts'
import { checkNewPassword } from './password-policy.ts'
import type { Passwords } from './passwords.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { RegistrationStore } from './ports/registration.ts'
import type { BreachCheck } from './pwned-passwords.ts'
import type { Sealing } from './sealing.ts'

type Needs = {
  registrationStore: RegistrationStore
  passwords: Passwords
  refuseBreached: BreachCheck
  mailDelivery: MailDelivery
  limits: Limits
  macs: Macs
  registered: Sealing
  settings: Settings
  now: Clock
  defer: Defer
}

/** Whether somebody may register this address. */
export const mayRegister = (
  { registration, registrationDomains }: Pick<Settings, 'registration' | 'registrationDomains'>,
  { canonical }: EmailAddress,
): boolean =>
  registration === 'open' &&
  (registrationDomains.size === 0 || registrationDomains.has(canonical.slice(canonical.lastIndexOf('@') + 1)))

/** Registration of new users with an address and a password. */
export const createRegistration = (needs: Needs) => {
  const { registrationStore, passwords, refuseBreached, mailDelivery, limits, macs, registered, settings, now, defer } =
    needs
  const lifetimesMs = {
    verify: settings.emailVerificationSeconds * 1000,
    notice: noticeLifetimeMs,
  }
  return {
    /**
     * Creates an unverified user and mails a link. Neither the reply nor the work shows whether the address was known
     * (enumeration): one hash, two round trips. A second registration with another password removes the first one's
     * password, so that a password chosen by somebody without access to the mailbox never becomes valid (pre-account
     * hijacking).
     * @returns the user, and a value for the browser that registered: with this value, the mailed link verifies without
     * the password
     * @throws AuthError `registration_closed`, `rate_limited`, `password_*`, `busy`; `email_taken` if verification is
     * optional
     */
    async register(
      input: {
        email: EmailAddress
        password: string
        name: string | null
        phone: string | null
        locale: string | null
      },
      visitor: Visitor,
    ): Promise<{ user: User; registered: string }> {
      const { email, password, name, phone, locale } = input
      if (settings.registration !== 'open') throw new AuthError('registration_closed')
      if (!mayRegister(settings, email))
        throw new AuthError('registration_closed', { detail: 'Addresses of this domain cannot be registered here.' })
      await checkNewPassword(password, {
        field: 'password',
        minLength: settings.passwordMinLength,
        context: { appName: settings.appName, email: email.address, name },
      })

      passwords.admitStranger()
      const at = now()
      const begun = await registrationStore.beginRegistration({
        emailCanonical: email.canonical,
        limits: limits.register(visitor),
        now: at,
      })
      if ('refusedUntil' in begun) throw rateLimited(begun.refusedUntil, at)
      await refuseBreached(password, 'password')
      const { existing } = begun
      if (existing && !settings.verificationRequired) throw new AuthError('email_taken')

      // The salt of a new account depends on its address: the two requests of a double click do not see each other's
      // user yet, but compute the same hash, so the second one does not count as a registration with another password.
      const onFile = existing?.emailVerifiedAt ? null : existing?.passwordHash
      const hash = await passwords.hashLike(password, onFile, macs.sign('salt', email.canonical))
      const id = newId(at)
      const more = { passwordHash: hash, name, phone, locale: locale ?? visitor.language }
      const user = newUser(id, email, at, more)
      const made = await registrationStore.register({
        user,
        disputable: settings.verificationRequired,
        mailId: randomId(),
        mailLimits: limits.mail(email.canonical, 'verify'),
        // Mails to new accounts wait once most of the day's quota is used.
        spent: spentFrom(settings.mailDailyQuota, at),
        lifetimesMs,
        detail: circumstances(visitor),
        language: user.locale,
        audit: auditEntry(visitor, at),
        now: at,
      })
      if (made.user?.id !== id && !settings.verificationRequired) throw new AuthError('email_taken')
      // Runs after the reply whether or not there is a mail, so that the time reveals nothing.
      defer(mailDelivery.deliver(made.mail))
      return { user: made.user ?? user, registered: await registered.seal(made.user?.id ?? id) }
    },
  }
}
