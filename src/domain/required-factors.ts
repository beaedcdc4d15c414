import type { Settings } from '../settings.ts'
import { AuthError } from './errors.ts'
import type { User } from './model.ts'
import { hasSecondFactor } from './second-factors.ts'

type Policy = Pick<Settings, 'mfaRequired'>
type Offered = Pick<Settings, 'passkeys' | 'dataKeys'>

/** Whether the user must have a second factor: by MFA_REQUIRED, or because an admin requires it of this user. */
export const needsFactor = ({ role, mfaRequired }: Pick<User, 'role' | 'mfaRequired'>, policy: Policy): boolean =>
  mfaRequired || policy.mfaRequired === 'all' || (policy.mfaRequired === 'admins' && role === 'admin')

/** Whether the user must add a second factor first. */
export const mustEnrol = (user: Pick<User, 'role' | 'mfaRequired' | 'factors'>, policy: Policy): boolean =>
  needsFactor(user, policy) && !hasSecondFactor(user)

/** The kinds of second factors that users can add here. */
export const factorsOffered = ({ passkeys, dataKeys }: Offered) => [
  ...(passkeys ? (['passkey'] as const) : []),
  ...(dataKeys ? (['totp'] as const) : []),
]

/** Refuses a session of a user who must add a second factor first. At log-in, `more` has the challenge. */
export const enrolmentRequired = (settings: Offered, more: Record<string, unknown> = {}, detail?: string) =>
  new AuthError('enrolment_required', {
    members: { ...more, methods: factorsOffered(settings) },
    ...(detail !== undefined && { detail }),
  })

/** The sentence for a client that has no page for this step, such as a client of an older layout. */
export const addsAtLogIn = (site: string) =>
  `This account needs a second factor. Log in at ${site} to add one, and then log in here again.`

/** Refuses to require a factor of a user while users can add none, because the user could not log in any more. */
export const refuseIfNoneOffered = (settings: Offered): void => {
  if (factorsOffered(settings).length > 0) return
  const detail = 'cannot be true while users can add no factor: DATA_KEYS is missing, and passkeys are off'
  throw new AuthError('validation_failed', { errors: [{ field: 'mfa_required', code: 'no_factor', detail }] })
}
