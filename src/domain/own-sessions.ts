import { auditEntry } from './audit.ts'
import { type Device, deviceOf } from './devices.ts'
import { AuthError, InvalidLink } from './errors.ts'
import { readLinkToken } from './link-tokens.ts'
import type { Macs } from './macs.ts'
import type { Session, Visitor } from './model.ts'
import type { Denylist } from './ports/denylist.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { OwnSessionStore } from './ports/own-sessions.ts'

type Needs = { ownSessionStore: OwnSessionStore; denylist: Denylist; macs: Macs; now: Clock; defer: Defer }

export type NamedSession = Session & Device

/** Adds the name of the device to each session. */
export const withDeviceNames = (sessions: Session[]): NamedSession[] =>
  sessions.map((session) => ({ ...session, ...deviceOf(session.userAgent) }))

/** A user's own sessions, and how to end them (ASVS 7.5.2). */
export const createOwnSessions = ({ ownSessionStore, denylist, macs, now, defer }: Needs) => ({
  /** Returns the sessions, most recently used first. @throws AuthError `invalid_token` */
  async list(sid: string): Promise<NamedSession[]> {
    const sessions = await ownSessionStore.list(sid, now())
    if (sessions.length === 0) throw new AuthError('invalid_token')
    return withDeviceNames(sessions)
  },

  /** Ends one session. @throws AuthError `invalid_token`, `not_found` (also for another user's session) */
  async endOne(sid: string, other: string, visitor: Visitor): Promise<void> {
    const at = now()
    const ended = await ownSessionStore.endOne({ sid, other, audit: auditEntry(visitor, at), now: at })
    if (ended === undefined) throw new AuthError('invalid_token')
    if (!ended) throw new AuthError('not_found')
    defer(denylist.add([other], at))
  },

  /** Ends all sessions but this one, cancels a pending change of address, and forgets all trusted devices. @throws AuthError `invalid_token` */
  async endOthers(sid: string, visitor: Visitor): Promise<void> {
    const at = now()
    const ended = await ownSessionStore.endOthers({ sid, audit: auditEntry(visitor, at), now: at })
    if (!ended) throw new AuthError('invalid_token')
    if (ended.length > 0) defer(denylist.add(ended, at))
  },

  /** Ends the session that a mail was about. Safe to repeat while the link is valid. @throws InvalidLink */
  async endByLink(token: string, visitor: Visitor): Promise<void> {
    const linkId = readLinkToken(macs, 'link end_session', token)
    const at = now()
    const sid = linkId && (await ownSessionStore.endByLink({ linkId, audit: auditEntry(visitor, at), now: at }))
    if (!sid) throw new InvalidLink()
    defer(denylist.add([sid], at))
  },
})
