import { newId } from '../../../src/domain/ids.ts'
import { signedInAdmin } from '../app/administrators.ts'
import { logIn, member, type SessionBody, someAddress, type TestApp } from '../app/support.ts'

export type Request = {
  /** Method and path as sent. */
  operation: string
  json?: unknown
  body?: BodyInit
  bearer?: string
  cookies?: Record<string, string>
  headers?: Record<string, string>
}

export type Arranged = {
  request: Request
  /** Whether it took effect; left out if only the reply shows it. */
  done?: (app: TestApp) => Promise<boolean>
  /** What else must be true, depending on whether it took effect. */
  holds?: (app: TestApp, done: boolean) => Promise<boolean>
}

export type Operation = {
  name: string
  /** Method and path, as in docs/openapi.json. */
  operation: string
  status: number
  /** The status of the same request, sent again after it took effect. */
  again: number
  /** Further statuses that one of two simultaneous requests may get. */
  beside?: number[]
  /** Whether it contains a code of an app, which is right for a minute, or meets a limit of a minute. */
  byTheClock?: true
  /** Whether each repetition sends a mail again. */
  mailsAgain?: boolean
  /** Runs in an app without faults, a minute before the request. */
  arrange: (app: TestApp) => Promise<Arranged>
}

export const rows = async (app: TestApp, sql: string, ...values: unknown[]) =>
  (
    await app.db
      .prepare(sql)
      .bind(...values)
      .all<Record<string, unknown>>()
  ).results

export const isTrue = async (app: TestApp, sql: string, ...values: unknown[]) =>
  (await rows(app, sql, ...values)).length > 0

/** A user of this file, created once. */
let template: Promise<string> | undefined

const someTemplate = (app: TestApp) => {
  template ??= member(app)
  return template
}

/**
 * Creates a verified user like `member`, but in one round trip, as a copy of a template user. Creates the template anew
 * if it is gone.
 */
export const someone = async (app: TestApp): Promise<string> => {
  const of = await someTemplate(app)
  const email = someAddress()
  const copied = 'password, role, status, email_verified_at, created_at, updated_at'
  const { meta } = await app.db
    .prepare(
      `insert into users (id, email, email_canonical, ${copied}) select ?, ?, ?, ${copied} from users where email = ?`,
    )
    .bind(newId(app.now()), email, email, of)
    .run()
  if (meta.changes === 0) template = undefined
  return meta.changes === 0 ? someone(app) : email
}

/** Creates a verified user with a session. */
export const someoneSignedIn = async (app: TestApp) => {
  const email = await someone(app)
  return { email, ...(await logIn(app, email)) }
}

/** Removes all other users, so that checking everything costs little. */
export const forgetOthers = async (app: TestApp) => {
  const kept = [(await theAdmin(app)).email, await someTemplate(app)]
  await app.db.batch([
    app.db.prepare('delete from users where email not in (?, ?)').bind(...kept),
    ...['audit', 'throttles'].map((table) => app.db.prepare(`delete from ${table}`)),
  ])
}

/** An admin of this file, created once. */
let admin: ReturnType<typeof signedInAdmin> | undefined

export const theAdmin = (app: TestApp) => {
  admin ??= signedInAdmin(app)
  return admin
}

export const sidOf = ({ access_token }: Pick<SessionBody, 'access_token'>) =>
  (JSON.parse(atob(access_token.split('.')[1]!)) as { sid: string }).sid

/** Whether the session of these tokens exists. */
export const isLive = (session: Pick<SessionBody, 'access_token'>) => (app: TestApp) =>
  isTrue(app, 'select 1 from sessions where id = ?', sidOf(session))

export const passwordIs = async (app: TestApp, email: string, password: string) =>
  (await app.request('POST /api/auth/login', { json: { email, password } })).status === 200
