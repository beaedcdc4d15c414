import { env } from 'cloudflare:workers'
import { decodeJwt } from 'jose'
import type { Message, SessionBody, TestApp } from '../app/support.ts'

/**
 * What must be true of the database after any failure. Each query finds rows that contradict its sentence. I1 leaves
 * out users whom an admin changed, and an address that two people registered with different passwords within a minute:
 * the account then has no password, and the owner of the mailbox requests the next link.
 */
const queries: Record<string, (now: number) => string> = {
  'I1: an active user is neither verified nor waits for a link': (now) => `
    select id from users where status = 'active' and email_verified_at is null
    and not exists (select 1 from mail where user_id = users.id and kind in ('verify_email', 'set_password', 'invite', 'reset_password') and expires_at > ${now})
    and not exists (select 1 from audit where user_id = users.id and event in ('user_updated', 'status_changed'))
    and not (password is null and exists (select 1 from audit where user_id = users.id and event = 'registered'))`,
  'I1: two changes of one address wait': (now) => `
    select user_id from mail where used_at is null and expires_at > ${now}
    and kind in ('confirm_email', 'email_change')
    group by user_id, kind having count(*) > 1`,
  'I1: two mails of one purpose are postponed': () => `
    select user_id from mail where attempts = 0 and next_attempt_at is not null
    and kind in ('verify_email', 'set_password', 'account_exists', 'reset_password', 'confirm_email')
    group by user_id, case when kind in ('reset_password', 'confirm_email') then kind end having count(*) > 1`,
  'I2: a session outlived a reset of the password': () => `
    select s.id from sessions s join audit a on a.user_id = s.user_id where a.event = 'password_reset' and s.created_at < a.at`,
  'I2: two sessions outlived a change of the password': () => `
    select a.id from sessions s join audit a on a.user_id = s.user_id where a.event = 'password_changed' and s.created_at < a.at
    group by a.id having count(*) > 1`,
  'I2: a link to a password outlived a new one': (now) => `
    select m.id from mail m join audit a on a.user_id = m.user_id where a.event in ('password_changed', 'password_reset')
    and m.kind in ('reset_password', 'set_password', 'invite') and m.used_at is null and m.expires_at > ${now} and m.created_at < a.at`,
  'I3: a disabled user has a session': () => `
    select s.id from sessions s join users u on u.id = s.user_id where u.status = 'disabled'`,
  'I6: two users have one address': () =>
    'select email_canonical from users group by email_canonical having count(*) > 1',
  'the bits of the passkeys are not those of their rows': () => `
    select id from users where factors & 6 <>
    coalesce((select max(iif(uv, 2, 0)) + max(iif(uv, 0, 4)) from passkeys where user_id = users.id), 0)`,
  'the totals are not those of the users': () => `
    select * from (select role, status, email_verified_at is not null as verified, count(*) as count from users group by 1, 2, 3)
    except select role, status, verified, count from totals where count > 0`,
}

/** Groups the tokens in replies by session. */
const known = (sessions: SessionBody[]) => {
  const bySid = new Map<string, { newest: number; tokens: SessionBody[] }>()
  for (const tokens of sessions) {
    const { sid } = decodeJwt<{ sid: string }>(tokens.access_token)
    const session = bySid.get(sid) ?? { newest: 0, tokens: [] }
    const generation = Number(tokens.refresh_token?.split('.')[2] ?? 0)
    bySid.set(sid, { newest: Math.max(session.newest, generation), tokens: [...session.tokens, tokens] })
  }
  return bySid
}

type Seen = {
  /** Every reply with tokens. */
  sessions: SessionBody[]
  mails: Pick<Message, 'to' | 'text'>[]
  /** Whether there was an admin (I5). */
  admin?: boolean
  /** Sessions already seen to have ended, which are not checked again. */
  looked?: Set<string>
  /** How many rotations may have got no answer (I4). */
  unanswered?: number
}

/**
 * Checks the whole database, R2, and what every issued token can still do.
 * @param app an app without faults
 * @returns a sentence for each broken invariant
 */
export const broken = async (
  app: TestApp,
  { sessions, mails, admin, looked = new Set(), unanswered = 0 }: Seen,
): Promise<string[]> => {
  const faults: string[] = []
  const now = app.now().getTime()
  const live = known(sessions)
  const linked = mails.flatMap(({ to, text }) => {
    const id = /#token=([\w-]{22})\./.exec(text)?.[1]
    return id ? [{ to, id }] : []
  })
  const list = (values: string[]) => values.map((value) => `'${value.replaceAll("'", "''")}'`).join() || "''"
  const [admins, rows, links, owners, avatars, ...results] = await app.db.batch<Record<string, unknown>>(
    [
      "select count(*) as n from users where role = 'admin' and status = 'active' and email_verified_at is not null",
      `select id, generation from sessions where id in (${list([...live.keys()])})`,
      `select id from mail where id in (${list(linked.map(({ id }) => id))})`,
      // Earlier mails do not concern a user who took the address over from somebody who never read its mailbox.
      `select email from users where email in (${list(linked.map(({ to }) => to))})
       and not exists (select 1 from audit where user_id = users.id and event = 'email_changed')`,
      "select avatar from users where avatar is not null and avatar not like 'https:%'",
      ...Object.values(queries).map((query) => query(now)),
      // Compares the index with the text that it indexes.
      "insert into users_search(users_search, rank) values ('integrity-check', 1)",
    ].map((sql) => app.db.prepare(sql)),
  )
  Object.keys(queries).forEach((sentence, index) => {
    const found = results[index]!.results
    if (found.length > 0) faults.push(`${sentence}: ${JSON.stringify(found)}`)
  })

  if (admin && admins!.results[0]!.n === 0) faults.push('I5: no admin is left')
  const ids = new Set(links!.results.map(({ id }) => id))
  const present = new Set(owners!.results.map(({ email }) => email))
  if (linked.some(({ to, id }) => present.has(to) && !ids.has(id))) faults.push('I7: a link to nothing was mailed')

  const generations = new Map(rows!.results.map(({ id, generation }) => [id, generation as number]))
  for (const [sid, { newest, tokens }] of live) {
    const generation = generations.get(sid)
    if (generation === undefined) {
      if (looked.has(sid)) continue
      looked.add(sid)
      for (const { access_token, refresh_token } of tokens) {
        const read = await app.request('GET /api/user/profile', { bearer: access_token })
        if (read.status !== 401) faults.push(`I3: the access token of a session that is gone got ${read.status}`)
        if (!refresh_token) continue
        const renewed = await app.request('POST /api/auth/refresh', { json: { refresh_token } })
        if (renewed.status !== 401) faults.push(`I3: the refresh token of a session that is gone got ${renewed.status}`)
      }
    } else if (generation < newest || generation > newest + unanswered)
      faults.push(`I4: generation ${generation}, and the newest token given is of ${newest}`)
  }

  if (avatars!.results.length > 0) {
    const keys = new Set((await env.AVATARS.list()).objects.map(({ key }) => key))
    if (avatars!.results.some(({ avatar }) => !keys.has(avatar as string)))
      faults.push('I8: a user points to no picture')
  }
  return faults
}
