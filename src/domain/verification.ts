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

  /** Verifies with the hash that the password matches. Only a wrong one keeps its place under the limit of the link. */
  const withPassword = async (linkId: string, password: string, verify: (hash: string) => Promise<void>) => {
    const at = now()
    const counted = limits.passwordByLink(linkId)
    const begun = await users.readVerificationLink({ linkId, limits: counted, now: at })
    if (!begun) throw new InvalidLink()
    if ('refusedUntil' in begun) throw rateLimited(begun.refusedUntil, at)
    let wrong = false
    try {
      wrong = !(await passwords.verify(password, begun.user.password))
      if (wrong) throw wrongPassword()
      await verify(begun.user.password!)
    } finally {
      const keys = counted.map(({ key }) => key)
      if (!wrong) defer(sessions.giveBack(keys, at))
    }
  }

  return {
    /**
     * Safe to repeat while the link lives.
     * @throws InvalidLink, AuthError `proof_required`, `wrong_password`, `rate_limited`, `busy`
     */
    async verifyEmail(input: Verify, visitor: Visitor): Promise<void> {
      const linkId = readLinkToken(macs, 'link verify_email', input.token)
      if (!linkId) throw new InvalidLink()
      const { password, registered: kept, requireProof } = input
      const verify = async (proof: Parameters<Users['verifyEmail']>[0]['proof']) => {
        const at = now()
        const done = await users.verifyEmail({ linkId, proof, audit: auditEntry(visitor, at), now: at })
        if (!done) throw new InvalidLink()
        if (done === 'unproven') throw new AuthError('proof_required')
      }
      if (password !== undefined)
        return withPassword(linkId, password, (checkedPassword) => verify({ checkedPassword }))
      await verify(requireProof ? { registered: (kept && (await registered.open(kept))) || 'nobody' } : undefined)
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

const wrongPassword = () => {
  const detail = 'This is not the password that the address was registered with.'
  return new AuthError('wrong_password', { detail, errors: [{ field: 'password', code: 'wrong_password', detail }] })
}
