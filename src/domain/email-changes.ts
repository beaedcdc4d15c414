import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import { circumstances } from './devices.ts'
import type { EmailAddress } from './email.ts'
import { AuthError, InvalidLink, rateLimited } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import { type LinkPasswords, proofRequired } from './link-passwords.ts'
import { readLinkToken } from './link-tokens.ts'
import type { Macs } from './macs.ts'
import { masked } from './masked.ts'
import type { User, Visitor } from './model.ts'
import { type MailDelivery, noticeLifetimeMs } from './outbox.ts'
import type { PasswordCheck } from './password-check.ts'
import type { Denylist } from './ports/denylist.ts'
import type { Asserted, EmailChange, EmailChangeStore } from './ports/email-changes.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { Authentication, Given, Principal } from './proof.ts'
import { wayBackLifetimeMs } from './way-back.ts'

type Needs = {
  emailChangeStore: EmailChangeStore
  denylist: Denylist
  authentication: Authentication
  passwordCheck: PasswordCheck
  linkPasswords: LinkPasswords
  mailDelivery: MailDelivery
  limits: Limits
  macs: Macs
  settings: Settings
  now: Clock
  defer: Defer
}

/** `user`: the caller, just read from the database. */
type Wanted = { user: User; email: EmailAddress; name?: string | null; phone?: string | null }

export type EmailChanges = ReturnType<typeof createEmailChanges>

/**
 * Changes of address. The address can recover the account, so a change needs the consent of the new mailbox and,
 * without full proof, also of the current one.
 */
export const createEmailChanges = (needs: Needs) => {
  const { emailChangeStore, denylist, authentication, passwordCheck, linkPasswords, mailDelivery, limits, macs } = needs
  const { settings, now, defer } = needs
  const revert = () => ({ id: randomId(), lifetimeMs: wayBackLifetimeMs, noticeLifetimeMs })

  const done = (change: EmailChange, at: Date): 'changed' | 'waiting' => {
    if (change.ended.length > 0) defer(denylist.add(change.ended, at))
    if (change.mail) defer(mailDelivery.deliver(change.mail))
    if (change.state === 'taken') throw new AuthError('email_taken')
    if (change.state === 'unproven') throw proofRequired()
    return change.state
  }

  /**
   * Identifies who follows a link to a new address: the user of the session, or anybody who gives the account's
   * password.
   */
  const asserted = async <R>(
    linkId: string,
    { sid, password }: { sid: string | undefined; password: string | undefined },
    visitor: Visitor,
    work: (by: Asserted | undefined) => Promise<R>,
  ): Promise<R> => {
    if (password !== undefined)
      return linkPasswords.check(
        { linkId, password },
        async (counted) => {
          const found = await emailChangeStore.readLink({ linkId, limits: counted, now: now() })
          return found && ('refusedUntil' in found ? found : { ...found, passwordHash: found.user.passwordHash })
        },
        ({ user, askedBy }) => passwordCheck.noteWrongByLink(askedBy, user, visitor),
        (passwordHash) => work({ passwordHash }),
      )
    // Call `work` even without a session or password: an invalid link should be reported before a password is asked
    // for.
    return work(sid === undefined ? undefined : { sid })
  }

  return {
    /**
     * Stores the pending address and mails a link to it; the current address gets a mail with a link to cancel. Without
     * full proof the current mailbox must approve the change as well. The reply is always the same: only the owner of
     * the new mailbox learns whether the address is taken.
     * @throws AuthError `invalid_token`, `reauthentication_required`, `wrong_password`, `rate_limited`
     */
    request: (
      principal: Principal,
      { user, email, ...change }: Wanted,
      given: Given,
      visitor: Visitor,
    ): Promise<User> =>
      authentication.proven(principal, given, visitor, async (full) => {
        const { sid, userId } = principal
        const at = now()
        const where = circumstances(visitor)
        const asked = await emailChangeStore.request({
          sid,
          change,
          address: email.address,
          addressCanonical: email.canonical,
          full,
          limits: limits.emailChange(userId),
          mailLimits: limits.mail(email.canonical, 'confirm'),
          linkId: randomId(),
          noticeId: randomId(),
          lifetimeMs: settings.emailVerificationSeconds * 1000,
          detail: {
            link: { ...where, account: masked(user.emailCanonical) },
            notice: { ...where, address: masked(email.canonical) },
          },
          cleared: full && 'passwordHash' in full ? passwordCheck.countersOf(sid) : [],
          audit: auditEntry(visitor, at),
          now: at,
        })
        if (!asked) throw new AuthError('invalid_token')
        if ('refusedUntil' in asked) throw rateLimited(asked.refusedUntil, at)
        if (asked.proofFailed) throw new AuthError('reauthentication_required')
        for (const mail of asked.mails) defer(mailDelivery.deliver(mail))
        return asked.user
      }),

    /**
     * Confirms the new mailbox. A session or the password must show that the account's own user reads it; otherwise a
     * typing error in the address would give the account away. If nothing else is missing, the account switches to the
     * address.
     * @returns `waiting` if the current mailbox has not approved yet
     * @throws InvalidLink, AuthError `proof_required`, `wrong_password`, `email_taken`, `rate_limited`, `busy`
     */
    async confirm(
      token: string,
      given: { sid: string | undefined; password: string | undefined },
      visitor: Visitor,
    ): Promise<'changed' | 'waiting'> {
      const linkId = readLinkToken(macs, 'link confirm_email', token)
      if (!linkId) throw new InvalidLink()
      return asserted(linkId, given, visitor, async (by) => {
        const at = now()
        const confirmed = await emailChangeStore.confirm({
          linkId,
          nonce: randomId(),
          by,
          revert: revert(),
          removed: { audit: auditEntry(visitor, at) },
          audit: auditEntry(visitor, at),
          now: at,
        })
        if (!confirmed) throw new InvalidLink()
        return done(confirmed, at)
      })
    },

    /**
     * Approves the change by the link in the current mailbox. Safe to repeat while the change is pending.
     * @returns `waiting` if the new mailbox has not confirmed yet
     * @throws InvalidLink, AuthError `email_taken`
     */
    async approve(token: string, visitor: Visitor): Promise<'changed' | 'waiting'> {
      const linkId = readLinkToken(macs, 'link approve_email_change', token)
      if (!linkId) throw new InvalidLink()
      const at = now()
      const approved = await emailChangeStore.approve({
        linkId,
        revert: revert(),
        approval: auditEntry(visitor, at),
        removed: { audit: auditEntry(visitor, at) },
        audit: auditEntry(visitor, at),
        now: at,
      })
      if (!approved) throw new InvalidLink()
      return done(approved, at)
    },

    /**
     * Cancels a change of address from the current mailbox and ends the session that requested it. Safe to repeat while
     * the link is valid.
     * @throws InvalidLink
     */
    async cancel(token: string, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link cancel_email_change', token)
      const at = now()
      const cancelled = linkId && (await emailChangeStore.cancel({ linkId, audit: auditEntry(visitor, at), now: at }))
      if (!cancelled) throw new InvalidLink()
      if (cancelled.ended.length > 0) defer(denylist.add(cancelled.ended, at))
    },
  }
}
