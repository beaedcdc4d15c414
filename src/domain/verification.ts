import { auditEntry } from './audit.ts'
import { AuthError, InvalidLink, rateLimited } from './errors.ts'
import type { Limits } from './limits.ts'
import type { Macs } from './macs.ts'
import type { Passwords } from './passwords.ts'
import type { Clock, Defer, Denylist, Sessions, Users, Visitor } from './ports.ts'
import type { Sealing } from './sealing.ts'
import { readLinkToken } from './tokens.ts'

type Needs = {
  users: Users
  sessions: Sessions
  denylist: Denylist
  passwords: Passwords
  limits: Limits
  macs: Macs
  registered: Sealing
  now: Clock
  defer: Defer
}

type Verify = {
  token: string
  /** The one of the account, where the caller gives it. */
  password?: string | undefined
  /** What registration left in the browser that asks. */
  registered?: string | undefined
  /** The link alone is not enough. It shows who reads the mailbox, and not who chose the password. */
  requireProof: boolean
}

/** What the owner of a mailbox answers to the mail of a registration. */
export const verification = (needs: Needs) => {
  const { users, sessions, denylist, passwords, limits, macs, registered, now, defer } = needs

  /** The hash that the password matches. Only a wrong one keeps its place under the limit of the link. */
  const check = async (linkId: string, password: string): Promise<string> => {
    const at = now()
    const counted = limits.passwordByLink(linkId)
    const begun = await users.readVerificationLink({ linkId, limits: counted, now: at })
    if (!begun) throw new InvalidLink()
    if ('refusedUntil' in begun) throw rateLimited(begun.refusedUntil, at)
    let wrong = false
    try {
      wrong = !(await passwords.verify(password, begun.user.password))
    } finally {
      if (!wrong)
        defer(
          sessions.giveBack(
            counted.map(({ key }) => key),
            at,
          ),
        )
    }
    if (!wrong) return begun.user.password!
    const detail = 'This is not the password that the address was registered with.'
    throw new AuthError('wrong_password', { detail, errors: [{ field: 'password', code: 'wrong_password', detail }] })
  }

  const proofOf = async (linkId: string, { password, registered: kept, requireProof }: Verify) => {
    if (password !== undefined) return { checkedPassword: await check(linkId, password) }
    return requireProof ? { registered: (kept && (await registered.open(kept))) || 'nobody' } : undefined
  }

  return {
    /**
     * Safe to repeat while the link lives.
     * @throws InvalidLink, AuthError `proof_required`, `wrong_password`, `rate_limited`, `busy`
     */
    async verifyEmail(input: Verify, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link verify_email', input.token)
      if (!linkId) throw new InvalidLink()
      const proof = await proofOf(linkId, input)
      const at = now()
      const done = await users.verifyEmail({ linkId, proof, audit: auditEntry(visitor, at), now: at })
      if (!done) throw new InvalidLink()
      if (done === 'unproven') throw new AuthError('proof_required')
    },

    /** "I did not register": whoever did must not keep a way in. @throws InvalidLink */
    async rejectRegistration(token: string, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link reject_registration', token)
      const at = now()
      const done = linkId && (await users.rejectRegistration({ linkId, audit: auditEntry(visitor, at), now: at }))
      if (!done) throw new InvalidLink()
      if (done.ended.length > 0) defer(denylist.add(done.ended, at))
    },
  }
}
