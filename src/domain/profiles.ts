import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import type { EmailAddress } from './email.ts'
import { AuthError, InvalidLink, rateLimited } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { Macs } from './macs.ts'
import { noticeLifetime, type Post } from './outbox.ts'
import type { Clock, Defer, Denylist, Profiles, Sessions, User, Visitor } from './ports.ts'
import type { Asker, Recent } from './recent.ts'
import { readLinkToken } from './tokens.ts'

type Needs = {
  profiles: Profiles
  sessions: Sessions
  denylist: Denylist
  recent: Recent
  post: Post
  limits: Limits
  macs: Macs
  settings: Settings
  now: Clock
  defer: Defer
}

/** Undefined: stays as it is. Null: is removed. */
export type ProfileChange = { name?: string | null; phone?: string | null; email?: EmailAddress }

/** What people say of themselves, their address above all: the way back into the account, so it changes only by its mailbox. */
export const profileService = (needs: Needs) => {
  const { profiles, sessions, denylist, recent, post, limits, macs, settings, now, defer } = needs

  return {
    /**
     * Changes name and phone at once. A new address waits until the link mailed to it is followed, and the old one is
     * told how to stop it; sending the current address cancels the wait. Whether a new address is taken shows only to
     * who reads its mailbox.
     * @throws AuthError `invalid_token`, `reauthentication_required`, `wrong_password`, `rate_limited`
     */
    async update(
      asker: Asker,
      { email, ...change }: ProfileChange,
      password: string | undefined,
      visitor: Visitor,
    ): Promise<User> {
      const { sid, userId } = asker
      const changes = email !== undefined && !(await isCurrent(sid, email))
      if (changes) await recent(asker, password)
      const at = now()
      if (!changes) {
        const user = await profiles.update({
          sid,
          change,
          keepsEmail: email !== undefined,
          audit: auditEntry(visitor, at),
          now: at,
        })
        if (!user) throw new AuthError('invalid_token')
        return user
      }
      const changed = await profiles.requestEmailChange({
        sid,
        change,
        address: email.address,
        addressCanonical: email.canonical,
        limits: limits.emailChange(userId),
        mailLimits: limits.mail(email.canonical, 'confirm'),
        linkId: randomId(),
        noticeId: randomId(),
        lifetime: settings.emailVerificationSeconds * 1000,
        audit: auditEntry(visitor, at),
        now: at,
      })
      if (!changed) throw new AuthError('invalid_token')
      if ('refusedUntil' in changed) throw rateLimited(changed.refusedUntil, at)
      for (const mail of changed.mails) defer(post.deliver(mail))
      return changed.user
    },

    /**
     * Switches to the address that the link was mailed to, and ends all sessions but the one that asked.
     * @throws InvalidLink, AuthError `email_taken`
     */
    async confirmEmail(token: string, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link confirm_email', token)
      if (!linkId) throw new InvalidLink()
      const at = now()
      const done = await profiles.confirmEmail({
        linkId,
        nonce: randomId(),
        noticeId: randomId(),
        noticeLifetime,
        audit: auditEntry(visitor, at),
        now: at,
      })
      if (!done) throw new InvalidLink()
      if (done.taken) throw new AuthError('email_taken')
      if (done.ended.length > 0) defer(denylist.add(done.ended, at))
      if (done.mail) defer(post.deliver(done.mail))
    },

    /** Stops a change of address, from the mailbox of the old one. Safe to repeat while the link lives. @throws InvalidLink */
    async cancelEmailChange(token: string, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link cancel_email_change', token)
      const at = now()
      if (!linkId || !(await profiles.cancelEmailChange({ linkId, audit: auditEntry(visitor, at), now: at })))
        throw new InvalidLink()
    },
  }

  async function isCurrent(sid: string, email: EmailAddress) {
    const user = await sessions.read(sid, now())
    if (!user) throw new AuthError('invalid_token')
    return user.emailCanonical === email.canonical
  }
}
