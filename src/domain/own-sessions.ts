import { auditEntry } from './audit.ts'
import { type Device, deviceOf } from './devices.ts'
import { AuthError, InvalidLink } from './errors.ts'
import type { Macs } from './macs.ts'
import type { Clock, Defer, Denylist, OwnSessions, Session, Visitor } from './ports.ts'
import { readLinkToken } from './tokens.ts'

type Needs = { ownSessions: OwnSessions; denylist: Denylist; macs: Macs; now: Clock; defer: Defer }

export type NamedSession = Session & Device

/** With what each session was used, by name. */
export const named = (sessions: Session[]): NamedSession[] =>
  sessions.map((session) => ({ ...session, ...deviceOf(session.userAgent) }))

/** Where one is signed in, and how to end it there (ASVS 7.5.2). */
export const ownSessionService = ({ ownSessions, denylist, macs, now, defer }: Needs) => ({
  /** Newest use first. @throws AuthError `invalid_token` */
  async list(sid: string): Promise<NamedSession[]> {
    const sessions = await ownSessions.list(sid, now())
    if (sessions.length === 0) throw new AuthError('invalid_token')
    return named(sessions)
  },

  /** @throws AuthError `invalid_token`, `not_found` (also for somebody else's) */
  async endOne(sid: string, other: string, visitor: Visitor): Promise<void> {
    const at = now()
    const ended = await ownSessions.endOne({ sid, other, audit: auditEntry(visitor, at), now: at })
    if (ended === undefined) throw new AuthError('invalid_token')
    if (!ended) throw new AuthError('not_found')
    defer(denylist.add([other], at))
  },

  /** Ends all but this one. @throws AuthError `invalid_token` */
  async endOthers(sid: string, visitor: Visitor): Promise<void> {
    const at = now()
    const ended = await ownSessions.endOthers({ sid, audit: auditEntry(visitor, at), now: at })
    if (!ended) throw new AuthError('invalid_token')
    if (ended.length > 0) defer(denylist.add(ended, at))
  },

  /** Ends the session that a mail told of. Safe to repeat while the link lives. @throws InvalidLink */
  async endByLink(token: string, visitor: Visitor): Promise<void> {
    const linkId = readLinkToken(macs, 'link end_session', token)
    const at = now()
    const sid = linkId && (await ownSessions.endByLink({ linkId, audit: auditEntry(visitor, at), now: at }))
    if (!sid) throw new InvalidLink()
    defer(denylist.add([sid], at))
  },
})
