import type { AuditEvent } from '../../src/domain/audit.ts'
import { deviceName, deviceOf } from '../../src/domain/devices.ts'
import { newId, randomId } from '../../src/domain/ids.ts'
import type { MailKind } from '../../src/domain/mails.ts'
import { searchText } from '../../src/storage/search-text.ts'
import { addressOf, agents, names, places } from './people.ts'

const minute = 60_000
const day = 86_400_000

/** Days of history: as many as the audit keeps by default. */
const history = 90

export type Row = (string | number | null)[]
type Counts = Map<string, number>

/** Returns numbers from 0 to 1 that are the same in each run (mulberry32), so that the same people appear. */
const numbers = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

/** Returns where the day, its week (from Monday) and its month begin, in days since 1970, as the triggers do. */
const periods = (today: number): [metric: string, start: number][] => {
  const month = new Date(today * day)
  month.setUTCDate(1)
  return [
    ['active', today],
    ['active_week', today - ((today + 3) % 7)],
    ['active_month', month.getTime() / day],
  ]
}

const nameOfDay = (days: number) => new Date(days * day).toISOString().slice(0, 10)

/** Returns 90 days of a hundred people as rows of the database. @param password the hash that all of them have */
export const demo = (now: Date, password: string) => {
  const random = numbers(4)
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const rows = {
    users: [] as Row[],
    sessions: [] as Row[],
    audit: [] as Row[],
    mail: [] as Row[],
    devices: [] as Row[],
  }
  /** Those who have an authenticator app: the id of the app, of its user, and when it was added. */
  const apps: { id: string; userId: string; at: number }[] = []
  const daily: Counts = new Map()
  const counted = (metric: string, days: number, more = 1) => {
    const key = `${metric} ${nameOfDay(days)}`
    daily.set(key, (daily.get(key) ?? 0) + more)
  }
  const on = (at: number) => Math.floor(at / day)

  names.forEach((name, index) => {
    const invited = index % 25 === 7
    const unverified = index % 12 === 5
    const disabled = index % 33 === 20
    // More people join in later weeks than in earlier ones.
    const joined = now.getTime() - Math.floor((1 - Math.sqrt(random())) * history * day) - 20 * minute
    const id = newId(new Date(joined))
    const email = addressOf(name)
    const [city, country] = places[index % places.length]!
    const ip = `${one(['192.0.2', '198.51.100', '203.0.113'])}.${1 + Math.floor(random() * 250)}`
    const phone = one(agents)
    const home = one(agents)
    const habit = [0.03, 0.1, 0.25, 0.6][Math.floor(random() * 4)]!
    let active = 0
    let seen: number | null = null

    const tell = (
      at: number,
      event: AuditEvent,
      agent: string | null,
      more: { detail?: object; count?: number } = {},
    ) =>
      rows.audit.push([
        ...[newId(new Date(at)), at, event, id, agent && ip, agent, more.detail ? JSON.stringify(more.detail) : null],
        more.count ?? 1,
      ])
    /** A mail that was sent, or that could not be sent. No attempt is due, so the service does not try again. */
    const mail = (
      at: number,
      kind: MailKind,
      lasts: number,
      { used, error }: { used?: number; error?: string } = {},
    ) => {
      rows.mail.push([
        ...[randomId(), id, kind, email, email, at, at + lasts, used ?? null, error ? null : at + 2000, error ? 1 : 0],
        error ?? null,
      ])
      counted(error ? 'mails_failed' : 'mails_sent', on(at))
    }
    const logIn = (at: number, agent: string) => {
      tell(at, 'logged_in', agent)
      counted('logins', on(at))
      for (const [metric, start] of periods(on(at))) if (active < start) counted(metric, start)
      active = on(at)
      seen = at
      const used = Math.min(at + Math.floor(random() * 600) * minute, now.getTime() - minute)
      if (at < now.getTime() - 6 * day || random() < 0.3) return
      rows.sessions.push([
        ...[randomId(), id, randomId(), at, Math.max(at, used), at, Math.max(at, used) + 7 * day, at + 30 * day],
        ...[ip, city, country, agent],
      ])
    }

    counted('registrations', on(joined))
    if (invited) {
      tell(joined, 'user_created', null, { detail: { role: 'user', by: 'demo' } })
      mail(joined, 'invite', 7 * day, index === 32 ? { error: 'E_RECIPIENT_SUPPRESSED' } : {})
    } else {
      tell(joined, 'registered', home)
      const opened = unverified ? undefined : joined + Math.ceil(random() * 9) * minute
      mail(
        joined,
        'verify_email',
        day,
        unverified && random() < 0.3 ? { error: 'E_DELIVERY_FAILED' } : { used: opened },
      )
      if (opened) tell(opened, 'email_verified', home)
    }
    const until = disabled ? now.getTime() - 10 * day : now.getTime()
    for (let today = on(joined); today <= on(until) && !invited && !unverified; today++) {
      const weekend = [2, 3].includes(today % 7)
      if (today > on(joined) && random() > habit * (weekend ? 0.4 : 1)) continue
      const at = Math.max(today * day + (7 + Math.floor(random() * 14)) * 60 * minute, joined + 12 * minute)
      if (at > until - 2 * minute) continue
      const agent = random() < 0.6 ? home : phone
      if (random() < 0.08) {
        const count = 1 + Math.floor(random() * 3)
        tell(at - 30_000, 'log_in_failed', agent, { count })
        counted('failures', today, count)
      }
      if (random() < 0.02 && today > on(joined)) {
        mail(at - 9 * minute, 'reset_password', 30 * minute, { used: at - 5 * minute })
        tell(at - 5 * minute, 'password_reset', agent)
      }
      if (phone !== home && seen !== null && agent === phone && random() < 0.05) mail(at, 'new_device', 30 * day)
      logIn(at, agent)
      if (random() < 0.03) tell(at + minute, 'profile_updated', agent)
    }
    if (disabled) tell(until, 'status_changed', null, { detail: { status: 'disabled', by: 'demo' } })
    if (seen !== null)
      for (const agent of new Set([home, phone]))
        rows.devices.push([id, `${deviceName(deviceOf(agent))}, ${country}`, joined, seen])
    if (index % 11 === 3 && seen !== null) {
      const at = Math.min(seen + 3 * minute, now.getTime() - minute)
      apps.push({ id: newId(new Date(at)), userId: id, at })
      tell(at, 'factor_added', home, { detail: { factor: 'totp' } })
      counted('factors', on(at))
    }
    const { searchEmail = null, searchName = null } = searchText({ name, email, emailCanonical: email })
    rows.users.push([
      ...[id, email, email, invited ? null : password, name, disabled ? 'disabled' : 'active'],
      ...[invited || unverified ? null : joined + 9 * minute, joined, joined, seen, searchName, searchEmail, active],
      invited ? 'invited' : 'registered',
    ])
  })

  // A night in which somebody guessed at many accounts.
  const night = now.getTime() - 11 * day
  const alarm = (event: AuditEvent, at: number, count: number) =>
    rows.audit.push([newId(new Date(at)), at, event, null, '203.0.113.77', 'curl/8.9.1', null, count])
  alarm('log_in_failed', night, 137)
  alarm('spray_suspected', night + minute, 1)
  counted('failures', on(night), 137)
  return { rows, apps, daily: [...daily].map(([key, count]): Row => [...key.split(' '), count]) }
}
