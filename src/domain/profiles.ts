import { auditEntry } from './audit.ts'
import { checkNewEmail, type EmailAddress } from './email.ts'
import type { EmailChanges } from './email-changes.ts'
import { AuthError } from './errors.ts'
import type { User, Visitor } from './model.ts'
import type { Clock } from './ports/outside.ts'
import type { ProfileStore } from './ports/profiles.ts'
import type { SessionStore } from './ports/sessions.ts'
import type { Given, Principal } from './proof.ts'

type Needs = { profileStore: ProfileStore; sessionStore: SessionStore; emailChanges: EmailChanges; now: Clock }

/** Undefined leaves a member as it is; null removes it. */
export type ProfileChange = {
  name?: string | null
  phone?: string | null
  locale?: string | null
  email?: EmailAddress
}

/** Users' own profiles. */
export const createProfiles = ({ profileStore, sessionStore, emailChanges, now }: Needs) => {
  const current = async (sid: string): Promise<User> => {
    const user = await sessionStore.read(sid, now())
    if (!user) throw new AuthError('invalid_token')
    return user
  }

  return {
    /**
     * Changes name, phone, language and the spelling of the current address at once. A new address takes effect once
     * its mailbox confirms it; sending the current address cancels the change.
     * @throws AuthError `invalid_token`, `reauthentication_required`, `wrong_password`, `rate_limited`
     */
    async update(
      principal: Principal,
      { email, ...change }: ProfileChange,
      given: Given,
      visitor: Visitor,
    ): Promise<User> {
      const { sid } = principal
      if (email !== undefined) {
        const user = await current(sid)
        if (user.emailCanonical !== email.canonical) {
          checkNewEmail(email)
          return emailChanges.request(principal, { user, email, ...change }, given, visitor)
        }
      }
      const at = now()
      const audit = auditEntry(visitor, at)
      const user = await profileStore.update({ sid, change, email, audit, now: at })
      if (!user) throw new AuthError('invalid_token')
      return user
    },
  }
}
