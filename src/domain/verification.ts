import { auditEntry, failureEntry } from './audit.ts'
import type { EmailAddress } from './email.ts'
import { AuthError, InvalidLink } from './errors.ts'
import type { LinkPasswords } from './link-passwords.ts'
import type { LinkRequests } from './link-requests.ts'
import { readLinkToken } from './link-tokens.ts'
import type { Macs } from './macs.ts'
import type { Visitor } from './model.ts'
import type { AuditStore } from './ports/audit.ts'
import type { Denylist } from './ports/denylist.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { VerificationStore } from './ports/verification.ts'
import type { Sealing } from './sealing.ts'

type Needs = {
  verificationStore: VerificationStore
  denylist: Denylist
  auditStore: AuditStore
  linkPasswords: LinkPasswords
  linkRequests: LinkRequests
  macs: Macs
  registered: Sealing
  now: Clock
  defer: Defer
}

type Verify = {
  token: string
  /** The account's password, if the caller gives it. */
  password?: string | undefined
  /** The value that registration left in this browser. */
  registered?: string | undefined
  /** Whether the link alone is not enough: it proves access to the mailbox, but not who chose the password. */
  requireProof: boolean
}

/** Verification of a registered address, and the owner's "I did not register". */
export const createVerification = (needs: Needs) => {
  const { verificationStore, denylist, auditStore, linkPasswords, linkRequests, macs, registered, now, defer } = needs

  /** Checks the password and passes its hash on. */
  const check = <R>(linkId: string, password: string, visitor: Visitor, work: (hash: string) => Promise<R>) =>
    linkPasswords.check(
      { linkId, password },
      async (counted) => {
        const found = await verificationStore.readVerificationLink({ linkId, limits: counted, now: now() })
        return found && ('refusedUntil' in found ? found : { user: found.user, passwordHash: found.user.passwordHash })
      },
      async ({ user }) =>
        auditStore.count(failureEntry(macs, 'reauthentication_failed', linkId, user.id, visitor, now())),
      work,
    )

  type Proof = Parameters<VerificationStore['verifyEmail']>[0]['proof']

  const proven = async <R>(
    linkId: string,
    { password, registered: kept, requireProof }: Verify,
    visitor: Visitor,
    work: (proof: Proof) => Promise<R>,
  ): Promise<R> => {
    if (password !== undefined) return check(linkId, password, visitor, (checkedHash) => work({ checkedHash }))
    return work(requireProof ? { registered: (kept && (await registered.open(kept))) || 'nobody' } : undefined)
  }

  return {
    /**
     * Mails a new link if the address is unverified; the caller does not learn whether.
     * @throws AuthError `rate_limited`
     */
    resendVerification: (email: EmailAddress, visitor: Visitor) => linkRequests.request('verify', email, visitor),

    /**
     * Mails a new link for a caller who has just given the right password. Only the limits of the mailbox apply: a
     * count for the caller's network would reveal that the address was unregistered (enumeration).
     */
    resendAtLogIn: (email: EmailAddress, visitor: Visitor) => linkRequests.request('verify', email, visitor, []),

    /**
     * Verifies the address. Safe to repeat while the link is valid.
     * @throws InvalidLink, AuthError `proof_required`, `wrong_password`, `rate_limited`, `busy`
     */
    async verifyEmail(input: Verify, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link verify_email', input.token)
      if (!linkId) throw new InvalidLink()
      const at = now()
      const done = await proven(linkId, input, visitor, (proof) =>
        verificationStore.verifyEmail({ linkId, proof, audit: auditEntry(visitor, at), now: at }),
      )
      if (!done) throw new InvalidLink()
      if (done === 'unproven') throw new AuthError('proof_required')
    },

    /** Handles "I did not register": whoever registered must not keep access. @throws InvalidLink */
    async rejectRegistration(token: string, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link reject_registration', token)
      const at = now()
      const done =
        linkId && (await verificationStore.rejectRegistration({ linkId, audit: auditEntry(visitor, at), now: at }))
      if (!done) throw new InvalidLink()
      if (done.ended.length > 0) defer(denylist.add(done.ended, at))
    },
  }
}
