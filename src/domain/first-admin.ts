import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import type { EmailAddress } from './email.ts'
import { AuthError } from './errors.ts'
import { newId } from './ids.ts'
import type { Macs } from './macs.ts'
import type { Visitor } from './model.ts'
import { checkNewPassword } from './password-policy.ts'
import type { Passwords } from './passwords.ts'
import type { FirstAdminStore } from './ports/first-admin.ts'
import type { Clock } from './ports/outside.ts'
import type { BreachCheck } from './pwned-passwords.ts'
import { enrolmentRequired, mustEnrol } from './required-factors.ts'
import type { SessionStart, Started } from './session-start.ts'

type Needs = {
  firstAdminStore: FirstAdminStore
  sessionStart: SessionStart
  passwords: Passwords
  refuseBreached: BreachCheck
  macs: Macs
  settings: Settings
  now: Clock
}

/** Milliseconds for which the link that `npm start` prints is valid. */
export const firstAdminLifetimeMs = 30 * 60_000

/**
 * Returns the token of the link for one start of the service. To make it, one needs TOKEN_KEYS. So `start`, which
 * names the start, may stand in the command line, which other programs can read.
 * @param start FIRST_ADMIN: a nonce, a dot, and the time in milliseconds at which the link ends
 */
export const firstAdminToken = (macs: Macs, start: string): string => macs.sign('first admin', start)

/** The first admin of a service that runs on its developer's computer. A deployed service gets one by `npm run admin`. */
export const createFirstAdmin = (needs: Needs) => {
  const { firstAdminStore, sessionStart, passwords, refuseBreached, macs, settings, now } = needs
  return {
    /**
     * Creates an admin with this address and password, and starts a session. Works only while there is no admin, and only
     * with the token of this start.
     * @throws AuthError `not_found` if there is an admin, or the token is forged or too old; `email_taken`, `password_*`,
     * `busy`
     */
    async make(
      input: { token: string; email: EmailAddress; password: string; name: string | null },
      visitor: Visitor,
    ): Promise<Started> {
      const { token, email, password, name } = input
      const at = now()
      const { firstAdmin: start } = settings
      if (!start || Number(start.split('.')[1]) <= at.getTime() || !macs.verify('first admin', start, token))
        throw new AuthError('not_found')
      await checkNewPassword(password, {
        field: 'password',
        minLength: settings.passwordMinLength,
        context: { appName: settings.appName, email: email.address, name },
      })
      await refuseBreached(password, 'password')
      const passwordHash = await passwords.hash(password)
      const { user, hasAdmin } = await firstAdminStore.make({
        user: { id: newId(at), email: email.address, emailCanonical: email.canonical, name, passwordHash },
        audit: auditEntry(visitor, at),
        now: at,
      })
      if (!user) throw new AuthError(hasAdmin ? 'not_found' : 'email_taken')
      const started = await sessionStart.start(
        {
          user,
          proof: { passwordHash },
          second: undefined,
          remembered: true,
          replaces: undefined,
          deviceId: undefined,
          cleared: [],
          returned: { limits: [], at },
          at,
        },
        visitor,
      )
      // If MFA_REQUIRED asks for a factor, no session starts here: the first log-in adds the factor.
      if ('changed' in started)
        throw mustEnrol(user, settings) ? enrolmentRequired(settings) : new AuthError('not_found')
      return started
    },
  }
}
