import { AuthError } from './errors.ts'
import type { PasswordCheck } from './password-check.ts'
import type { Clock } from './ports.ts'

/** Milliseconds for which a password given counts as given just now. */
const recent = 15 * 60_000

/** Who asks: the session of the access token, and when its password was last given. */
export type Asker = { sid: string; userId: string; authTime: Date }

type Needs = { passwordCheck: PasswordCheck; now: Clock }

export type Recent = ReturnType<typeof recentAuthentication>

/**
 * What changes who owns an account asks for more than a session somebody left open (ASVS 7.5.1, 7.5.3): the password,
 * now or within the last fifteen minutes. `auth_time` is a claim of a token that we signed, so it costs no round trip.
 * @throws AuthError `reauthentication_required`, `wrong_password`, `invalid_token`, `rate_limited`, `busy`
 */
export const recentAuthentication =
  ({ passwordCheck, now }: Needs) =>
  async ({ sid, authTime }: Asker, currentPassword?: string): Promise<void> => {
    if (currentPassword === undefined) {
      if (now().getTime() - authTime.getTime() > recent) throw new AuthError('reauthentication_required')
      return
    }
    await passwordCheck.check(sid, { password: currentPassword, field: 'current_password' }, async () => {})
  }
