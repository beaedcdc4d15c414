import type { MailKind } from '../../../src/domain/mails.ts'

/** A model of the life of accounts, by the rules of the contract and without a database. */

export type Person = {
  address: string
  password: string | null
  /** When the password was last replaced; 0 if it is the first one. */
  replacedAt: number
  verified: boolean
  role: 'user' | 'admin'
  status: 'active' | 'disabled'
  name: string | null
  pending: string | null
  /** True if a user registered it, false if an admin created it. */
  registered: boolean
  /** Somebody has logged in. */
  used: boolean
  /** Disabled by a requested deletion, or by a dispute about the address. */
  erasing: boolean
  frozen: boolean
  gone: boolean
}

/** `fresh`: its newest access token came with a password, at `recent`. `until`: the end of that token. */
export type Session = { person: Person; fresh: boolean; recent: number; until: number; ended: boolean }

export type Link = {
  kind: MailKind
  person: Person
  to: string
  until: number
  dead: boolean
  used: boolean
  asker?: Session
  /** For a change of address: whether it waits for the approval of the current mailbox. */
  awaits?: boolean
  /** For a link that undoes a change of address: the password from before the change. */
  password?: string | null
}

/** What the caller gives besides a link or a token. */
export type Given = { session?: Session; password?: string }

/** A mail that must be sent, and its link if it has one. */
export type Letter = { kind: MailKind; to: string; link?: Link }

/** What the service must answer, and mail. */
export type Outcome = { status: number; code?: string; letters?: Letter[]; session?: Session }

const minute = 60_000
const day = 1440 * minute

const lifetimes: Partial<Record<MailKind, number>> = {
  verify_email: day,
  set_password: day,
  invite: 7 * day,
  reset_password: 30 * minute,
  confirm_email: day,
  email_change: day,
  approve_email_change: day,
  revert_email_change: 7 * day,
  end_freeze: 3 * day,
  account_restored: 30 * minute,
  deletion_requested: 7 * day,
  password_changed: 7 * day,
}

/**
 * `common`: links that are voided by anything that may give the account to another person. `ofRecovery`: links that
 * only an admin voids. A request for a newer link voids neither.
 */
const common: MailKind[] = [
  'verify_email',
  'set_password',
  'reset_password',
  'invite',
  'confirm_email',
  'email_change',
  'approve_email_change',
  'account_restored',
]
const ofRecovery: MailKind[] = ['revert_email_change', 'end_freeze', 'deletion_requested']
const ofChanges: MailKind[] = ['confirm_email', 'email_change', 'approve_email_change']

const accessLifetime = 60 * minute

const ok: Outcome = { status: 200 }
const refused = (status: number, code: string): Outcome => ({ status, code })
const dead = refused(401, 'invalid_token')
const deadLink = refused(400, 'invalid_token')
const tooOld = refused(403, 'reauthentication_required')
const wrong = refused(422, 'wrong_password')
const unproven = refused(403, 'proof_required')
const taken = refused(409, 'email_taken')

export type Model = ReturnType<typeof lifeCycle>

export const lifeCycle = (now: () => number) => {
  const people: Person[] = []
  const sessions: Session[] = []
  const links: Link[] = []

  const find = (address: string) => people.find((person) => !person.gone && person.address === address)
  const end = (person: Person, but?: Session) => {
    for (const session of sessions) if (session.person === person && session !== but) session.ended = true
  }
  const kill = (person: Person, { kinds = common, but }: { kinds?: MailKind[]; but?: Link } = {}) => {
    for (const link of links) if (link.person === person && link !== but && kinds.includes(link.kind)) link.dead = true
  }
  const killEvery = (person: Person) => kill(person, { kinds: [...common, ...ofRecovery] })
  const remove = (person: Person) => {
    person.gone = true
    end(person)
    for (const link of links) if (link.person === person) link.dead = true
  }
  const letter = (
    kind: MailKind,
    person: Person,
    { to = person.address, asker }: { to?: string; asker?: Session } = {},
  ) => {
    const lifetime = lifetimes[kind]
    if (lifetime === undefined) return { kind, to }
    const link: Link = { kind, person, to, until: now() + lifetime, dead: false, used: false, asker }
    links.push(link)
    return { kind, to, link }
  }
  const add = (values: Partial<Person> & { address: string }) => {
    const person: Person = {
      password: null,
      replacedAt: 0,
      verified: false,
      role: 'user',
      status: 'active',
      name: null,
      pending: null,
      registered: false,
      used: false,
      erasing: false,
      frozen: false,
      gone: false,
      ...values,
    }
    people.push(person)
    return person
  }
  const lives = (link: Link, ...kinds: MailKind[]) => kinds.includes(link.kind) && !link.dead && now() < link.until
  const counts = (person: Person) =>
    !person.gone && person.role === 'admin' && person.status === 'active' && person.verified
  const isLastAdmin = (person: Person) => counts(person) && people.filter(counts).length === 1
  const setPassword = (person: Person, password: string): Letter[] => {
    person.password = password
    person.replacedAt = now()
    person.pending = null
    return [letter('password_changed', person)]
  }
  /** Takes everything away from whoever chose the password. */
  const disown = (person: Person) => {
    Object.assign(person, { password: null, pending: null })
    end(person)
    kill(person)
  }
  const ask = (person: Person): Letter[] =>
    person.status === 'active' && !person.verified
      ? [letter(person.password === null ? 'set_password' : 'verify_email', person)]
      : []

  const expired = (session: Session) => now() > session.until
  const isRecent = (session: Session) => session.fresh && now() - session.recent <= 15 * minute
  const keeps = (person: Person) => links.some((link) => link.person === person && lives(link, 'revert_email_change'))
  /** Whether another person may still take the address back. */
  const isKept = (address: string, person?: Person) =>
    links.some((link) => link.to === address && link.person !== person && lives(link, 'revert_email_change'))
  /** Whether somebody else has the address or may still take it back. */
  const isTaken = (address: string, person: Person) => {
    const other = find(address)
    const givesWay = (one: Person) => one.registered && one.status === 'active' && !one.verified && !one.used
    if (other && other !== person && !givesWay(other)) return true
    return isKept(address, person)
  }
  /**
   * For a link to a new address: whether its user still waits for that address and the session that requested it is
   * live.
   */
  const waits = (link: Link | undefined): link is Link =>
    link !== undefined &&
    lives(link, 'confirm_email') &&
    link.person.pending === link.to &&
    link.person.status === 'active' &&
    link.asker?.ended === false
  /** Switches the account to the new address once both mailboxes have confirmed what they must. */
  const settle = (change: Link): Outcome => {
    const { person, to, asker } = change
    if (isTaken(to, person)) return taken
    if (!change.used || change.awaits) return ok
    const other = find(to)
    if (other && other !== person) remove(other)
    const ways = links.filter(({ person: of, kind }) => of === person && kind === 'revert_email_change')
    const left = ways.findIndex((link) => link.to === to && lives(link, link.kind))
    // Returning to an earlier address undoes all changes since, and leaves no link to the address in between.
    const back = letter(left < 0 ? 'revert_email_change' : 'email_changed', person)
    // Whoever reads a mailbox for a moment can set a password, so a young one proves nothing.
    if (back.link) back.link.password = now() - person.replacedAt >= 3 * day ? person.password : null
    if (left >= 0) for (const way of ways.slice(left)) way.dead = true
    Object.assign(person, { address: to, verified: true, pending: null })
    end(person, asker)
    kill(person, { but: change })
    return { status: 200, letters: [back] }
  }
  const disputed = (person: Person) =>
    links.find((link) => link.person === person && lives(link, 'revert_email_change') && link.used)
  const acts = (session: Session, then: (person: Person) => Outcome): Outcome =>
    expired(session) || session.ended ? dead : then(session.person)

  /** An operation of an admin on another user, or (`self`) on anybody. */
  const administers = (
    session: Session,
    target: Person | undefined,
    then: (target: Person) => Outcome,
    { self = false, takes }: { self?: boolean; takes?: string } = {},
  ): Outcome =>
    acts(session, (admin) => {
      if (admin.role !== 'admin') return refused(403, 'forbidden')
      if (!isRecent(session)) return tooOld
      if (!target || target.gone) return refused(404, 'not_found')
      if (!self && target === admin) return refused(409, 'own_account')
      const other = takes === undefined ? undefined : find(takes)
      const isFree = takes === undefined || ((!other || other === target) && !isKept(takes, target))
      return isFree ? then(target) : taken
    })

  return {
    people,
    sessions,
    links,
    find,
    works: (link: Link) => lives(link, link.kind) && !link.used && link.asker?.ended !== true,
    present: () => people.filter((person) => !person.gone),

    register(address: string, password: string): Outcome {
      const known = find(address)
      if (!known && isKept(address)) return { status: 201, letters: [{ kind: 'address_reserved', to: address }] }
      if (!known) {
        const person = add({ address, password, registered: true })
        return { status: 201, letters: [letter('verify_email', person)] }
      }
      if (known.verified)
        return { status: 201, letters: known.status === 'active' ? [letter('account_exists', known)] : [] }
      if (known.password !== null && known.password !== password) {
        known.password = null
        // Resets stay valid: such a link proves the mailbox, and keeps no earlier password.
        kill(known, { kinds: ['verify_email', 'set_password', 'invite', 'confirm_email', 'email_change'] })
      }
      return { status: 201, letters: ask(known) }
    },
    resend(address: string): Outcome {
      const known = find(address)
      return { status: 200, letters: known ? ask(known) : [] }
    },
    forgot(address: string): Outcome {
      const known = find(address)
      return { status: 200, letters: known?.status === 'active' ? [letter('reset_password', known)] : [] }
    },
    verify(link: Link): Outcome {
      if (!lives(link, 'verify_email')) return deadLink
      link.person.verified = true
      return ok
    },
    reject(link: Link): Outcome {
      const { person } = link
      if (!lives(link, 'verify_email') || person.verified) return deadLink
      if (person.registered && person.status === 'active' && !person.used) {
        remove(person)
        return ok
      }
      disown(person)
      return ok
    },
    reset(link: Link, password: string): Outcome {
      if (!lives(link, 'reset_password', 'set_password', 'invite', 'account_restored', 'verify_email') || link.used)
        return deadLink
      if (link.kind === 'verify_email' && (link.person.verified || link.person.status === 'disabled')) return deadLink
      link.used = true
      link.person.verified = true
      end(link.person)
      kill(link.person, { but: link })
      return { status: 200, letters: setPassword(link.person, password) }
    },
    logIn(address: string, password: string): Outcome {
      const person = find(address)
      if (!person || person.password !== password || person.status !== 'active')
        return refused(401, 'invalid_credentials')
      if (!person.verified) return { ...refused(401, 'invalid_credentials'), letters: ask(person) }
      const session: Session = { person, fresh: true, recent: now(), until: now() + accessLifetime, ended: false }
      person.used = true
      sessions.push(session)
      return { status: 200, session }
    },
    refresh(session: Session): Outcome {
      if (session.ended) return dead
      session.until = now() + accessLifetime
      session.fresh = false
      return { status: 200, session }
    },
    stepUp: (session: Session, password: string) =>
      acts(session, (person) => {
        if (person.password !== password) return wrong
        session.recent = now()
        session.fresh = true
        session.until = now() + accessLifetime
        return { status: 200, session }
      }),
    logOut(session: Session): Outcome {
      session.ended = true
      return ok
    },
    rename: (session: Session, name: string | null) =>
      acts(session, (person) => {
        person.name = name
        return ok
      }),
    changePassword: (session: Session, current: string, password: string) =>
      acts(session, (person) => {
        if (person.password !== current) return wrong
        if (current === password) return refused(422, 'validation_failed')
        end(person, session)
        kill(person)
        session.fresh = false
        session.until = now() + accessLifetime
        return { status: 200, session, letters: setPassword(person, password) }
      }),
    askForAddress: (session: Session, address: string, { password }: Given = {}) =>
      acts(session, (person) => {
        if (address === person.address) {
          person.pending = null
          kill(person, { kinds: ofChanges })
          return ok
        }
        if (password !== undefined && password !== person.password) return wrong
        if (password === undefined && !isRecent(session)) return tooOld
        person.pending = address
        kill(person, { kinds: ofChanges })
        const confirm = letter('confirm_email', person, { to: address, asker: session })
        confirm.link!.awaits = password === undefined
        const notice = password === undefined ? 'approve_email_change' : 'email_change'
        return { status: 200, letters: [confirm, letter(notice, person, { asker: session })] }
      }),
    confirm(link: Link, { session, password }: Given): Outcome {
      const { person } = link
      if (password !== undefined) {
        if (!waits(link)) return deadLink
        if (password !== person.password) return wrong
      } else {
        if (!waits(link)) return deadLink
        if (!session || expired(session) || session.ended || session.person !== person) return unproven
      }
      if (!isTaken(link.to, person)) link.used = true
      return settle(link)
    },
    approve(link: Link): Outcome {
      const change = links.findLast(
        ({ kind, person, asker }) => kind === 'confirm_email' && person === link.person && asker === link.asker,
      )
      if (!lives(link, 'approve_email_change') || !waits(change)) return deadLink
      change.awaits = false
      return change.used ? settle(change) : ok
    },
    cancel(link: Link): Outcome {
      if (!lives(link, 'email_change', 'approve_email_change')) return deadLink
      link.person.pending = null
      kill(link.person, { kinds: ['confirm_email'] })
      if (link.asker) link.asker.ended = true
      return ok
    },
    /** Without the password from before the change, the account is frozen. */
    revert(link: Link, { password }: Given): Outcome {
      const { person, to } = link
      const reach = person.status === 'active' || person.frozen || person.erasing
      if (!lives(link, 'revert_email_change') || !reach) return deadLink
      if (password === undefined) {
        link.used = true
        if (person.frozen) return ok
        Object.assign(person, { status: 'disabled', frozen: true, pending: null })
        end(person)
        kill(person)
        return { status: 200, letters: [letter('account_frozen', person, { to }), letter('end_freeze', person)] }
      }
      if (password !== link.password) return wrong
      const other = find(to)
      if (other && other !== person) return deadLink
      const letters: Letter[] = person.address === to ? [] : [letter('email_change_reverted', person)]
      const back = { verified: true, password: null, pending: null, status: 'active', frozen: false, erasing: false }
      Object.assign(person, { address: to, ...back })
      end(person)
      kill(person, { kinds: [...common, 'end_freeze', 'deletion_requested', 'password_changed'] })
      for (const later of links.slice(links.indexOf(link)))
        if (later.person === person && later.kind === 'revert_email_change') later.dead = true
      letters.push(letter('account_restored', person))
      return { status: 200, letters }
    },
    endFreeze(link: Link, password: string): Outcome {
      const { person } = link
      if (!lives(link, 'end_freeze') || !person.frozen) return deadLink
      if (password !== disputed(person)?.password) return wrong
      person.frozen = false
      if (!person.erasing) person.status = 'active'
      for (const back of links)
        if (back.person === person && back.kind === 'revert_email_change' && back.used) back.dead = true
      kill(person, { kinds: ['end_freeze'] })
      return ok
    },
    /** "That was not me" in the mail about a new password. */
    disown(link: Link): Outcome {
      const { person, to } = link
      const mine = person.status === 'active' && person.address === to
      if (!lives(link, 'password_changed') || link.used || !mine) return deadLink
      link.used = true
      Object.assign(person, { password: null, pending: null })
      end(person)
      kill(person)
      return { status: 200, letters: [letter('reset_password', person)] }
    },
    undo(link: Link): Outcome {
      if (!lives(link, 'deletion_requested')) return deadLink
      const { person } = link
      if (person.erasing) {
        person.erasing = false
        if (!person.frozen) person.status = 'active'
      }
      return ok
    },
    endOne: (session: Session, other: Session) =>
      acts(session, (person) => {
        if (other.person !== person) return refused(404, 'not_found')
        if (links.some((link) => link.asker === other && lives(link, 'confirm_email'))) {
          person.pending = null
          kill(person, { kinds: ['confirm_email'] })
        }
        if (other.ended) return refused(404, 'not_found')
        other.ended = true
        return ok
      }),
    endOthers: (session: Session) =>
      acts(session, (person) => {
        person.pending = null
        kill(person, { kinds: ['confirm_email'] })
        end(person, session)
        return ok
      }),
    /** Deletes at once with the password, unless somebody may still undo a change of address. */
    leave(session: Session, { password }: Given = {}): Outcome {
      // The token alone decides this, before the database is asked whether the session is live.
      if (password === undefined && !expired(session) && !isRecent(session)) return tooOld
      return acts(session, (person) => {
        if (password !== undefined && password !== person.password) return wrong
        if (isLastAdmin(person)) return refused(409, 'last_admin')
        if (password !== undefined && !keeps(person)) {
          const letters = person.verified ? [letter('account_deleted', person)] : []
          remove(person)
          return { status: 200, letters }
        }
        Object.assign(person, { status: 'disabled', erasing: true, pending: null })
        end(person)
        kill(person)
        return { status: 200, letters: [letter('deletion_requested', person)] }
      })
    },

    invite: (session: Session, address: string, role: Person['role']) =>
      acts(session, (admin) => {
        if (admin.role !== 'admin') return refused(403, 'forbidden')
        if (!isRecent(session)) return tooOld
        const known = find(address)
        if (known) {
          const untouched = !known.registered && known.password === null
          if (known.verified || known.status === 'disabled' || known === admin || untouched) return taken
          disown(known)
          Object.assign(known, { role, name: null, registered: false, used: false })
          return { status: 201, letters: [letter('invite', known)] }
        }
        if (isKept(address)) return taken
        return { status: 201, letters: [letter('invite', add({ address, role }))] }
      }),
    setRole: (session: Session, target: Person, role: Person['role']) =>
      administers(session, target, (person) => {
        if (role === 'user' && isLastAdmin(person)) return refused(409, 'last_admin')
        const unowned = !person.verified && person.password !== null
        if (role === 'admin' && person.role !== 'admin' && unowned) return refused(403, 'forbidden')
        person.role = role
        return ok
      }),
    setStatus: (session: Session, target: Person, status: Person['status']) =>
      administers(session, target, (person) => {
        if (status === 'disabled' && isLastAdmin(person)) return refused(409, 'last_admin')
        person.status = status
        person.frozen = false
        if (status === 'active') person.erasing = false
        if (status === 'disabled') {
          person.pending = null
          end(person)
          killEvery(person)
        }
        return ok
      }),
    setVerified: (session: Session, target: Person, verified: boolean) =>
      administers(session, target, (person) => {
        if (!verified && isLastAdmin(person)) return refused(409, 'last_admin')
        if (verified === person.verified) return ok
        const unproven = verified && person.registered && person.password !== null
        person.verified = verified
        if (unproven) {
          disown(person)
          return { status: 200, letters: person.status === 'active' ? [letter('set_password', person)] : [] }
        }
        if (!verified) {
          person.pending = null
          end(person)
          killEvery(person)
        }
        return ok
      }),
    move: (session: Session, target: Person, address: string) => {
      const moves = address !== target.address
      const then = (person: Person): Outcome => {
        if (!moves) return ok
        if (isLastAdmin(person)) return refused(409, 'last_admin')
        const letters = person.verified ? [letter('email_changed', person)] : []
        Object.assign(person, { address, verified: false, pending: null })
        end(person)
        killEvery(person)
        letters.push(letter(person.password === null ? 'invite' : 'verify_email', person))
        return { status: 200, letters }
      }
      return administers(session, target, then, { self: !moves, takes: address })
    },
    haveReset: (session: Session, target: Person) =>
      administers(
        session,
        target,
        (person) => ({
          status: 200,
          letters:
            person.status === 'active' ? [letter(person.password === null ? 'invite' : 'reset_password', person)] : [],
        }),
        { self: true },
      ),
    endSessions: (session: Session, target: Person) =>
      administers(
        session,
        target,
        (person) => {
          person.pending = null
          kill(person, { kinds: ['confirm_email'] })
          end(person)
          return ok
        },
        { self: true },
      ),
    remove: (session: Session, target: Person) =>
      administers(session, target, (person) => {
        if (isLastAdmin(person)) return refused(409, 'last_admin')
        const letters = person.verified ? [letter('account_deleted', person)] : []
        remove(person)
        return { status: 200, letters }
      }),
  }
}
