import { randomBytes } from 'node:crypto'
import { isLoopback } from '../src/origins.ts'
import { type Main, readArguments, runCommand } from './lib/command.ts'
import { Stop } from './lib/database.ts'
import { atEnd } from './lib/process.ts'
import { commandMailbox, localMailbox, type Mailbox, typedMailbox } from './smoke/mailboxes.ts'
import { picture } from './smoke/picture.ts'
import { createVisitor, type Reply } from './smoke/visitor.ts'

const help = `
Tries a service from outside, as its first visitor: registers, verifies by the mailed link, logs in, refreshes, uploads a
picture, and deletes the account again. It reports every answer that differs from a local run; the exit code is then 1.

  npm run smoke -- URL [OPTIONS]

  --email ADDRESS     an address whose mails you can read; no account may have it. For a local service one is made up
  --mailbox COMMAND   a command that prints the newest mails to the address in SMOKE_ADDRESS. It is run again until it
                      prints the link. Without this option, you paste the link
  --seconds N         how long to wait for the mail (120)
  --help

The account is deleted even after a failure or Ctrl-C.
`

/** The steps after which a service is known to work, with the expected answer of each. */
const createTrial = (url: string, email: string, mailbox: Mailbox) => {
  const { call, differs, say } = createVisitor(url)
  const password = `smoke ${randomBytes(18).toString('base64url')}`
  let registered = false
  let bearer: string | undefined
  let link: string | undefined

  const expect = (reply: Reply, status: number, ...members: string[]) => {
    if (reply.status !== status)
      throw new Stop(
        `${reply.route} answers ${reply.status}${reply.body.code ? ` ${reply.body.code}` : ''}, not ${status}.`,
      )
    for (const member of members) if (!(member in reply.body)) differs(`${reply.route}: the reply has no ${member}`)
    return reply.body
  }

  const logIn = async () => {
    const reply = await call('POST /api/auth/login', { json: { email, password } })
    const body = expect(reply, 200)
    if (reply.cookies.length === 0) differs('POST /api/auth/login: sets no cookies (TOKEN_TRANSPORT=body)')
    if (!('access_token' in body)) differs('POST /api/auth/login: the reply has no tokens (TOKEN_TRANSPORT=cookie)')
    bearer = body.access_token as string | undefined
    return body
  }

  const run = async () => {
    const { origin } = new URL(url)
    expect(await call('GET /health'), 200, 'status')
    expect(await call('GET /health/ready'), 200, 'status')
    const { keys } = expect(await call('GET /.well-known/jwks.json'), 200, 'keys')
    if (!Array.isArray(keys) || keys.length === 0) differs('GET /.well-known/jwks.json: publishes no key')

    registered = true
    const answer = await call('POST /api/auth/register', { json: { email, password, name: 'Smoke Test' } })
    if (answer.status !== 201) registered = false
    if (answer.body.code === 'registration_closed')
      throw new Stop('Registration is not open here, so nothing more can be tried (REGISTRATION).')
    expect(answer, 201)

    link = await mailbox(email)
    say('mail', 'arrived')
    const leads = new URL(link)
    if (leads.origin !== origin) differs(`the mailed link leads to ${leads.host}`)
    const token = /token=([^&\s]+)/.exec(link)?.[1]
    if (!token) throw new Stop('The mailed link has no token.')
    expect(await call('POST /api/auth/verify-email', { json: { token, password, require_proof: true } }), 200)

    const tokens = await logIn()
    const profile = expect(
      await call('GET /api/user/profile', { bearer }),
      200,
      'id',
      'email',
      'role',
      'email_verified',
    )
    if (profile.email !== email) differs('GET /api/user/profile: shows another address')
    const json = tokens.refresh_token ? { refresh_token: tokens.refresh_token } : undefined
    expect(await call('POST /api/auth/refresh', { json }), 200)

    const form = new FormData()
    form.set('file', new Blob([picture()], { type: 'image/png' }), 'smoke.png')
    const { avatar_url: avatar } = expect(await call('PUT /api/user/avatar', { bearer, form }), 200, 'avatar_url')
    const shown = await call(`GET ${avatar}`)
    expect(shown, 200)
    if (shown.type !== 'image/webp') differs(`the picture is served as ${shown.type || 'nothing'}`)
  }

  /** Removes the account. Returns the reason if that failed. */
  const remove = async (): Promise<string | undefined> => {
    if (!registered) return
    try {
      if (!bearer && link) await logIn().catch(() => {})
      const reply = await call('DELETE /api/user/account', { bearer, json: { current_password: password } })
      if (reply.status === 200) {
        registered = false
        const again = await call('POST /api/auth/login', { json: { email, password } })
        if (again.status !== 401) differs(`POST /api/auth/login: ${again.status} after the deletion, not 401`)
        return
      }
      return `${reply.route} answers ${reply.status}`
    } catch (error) {
      return (error as Error).message
    }
  }

  return { run, remove, differences: differs.all }
}

/** `npm run smoke` */
export const smoke: Main = async (args) => {
  const { values, positionals } = readArguments('smoke', args, {
    email: { type: 'string' },
    mailbox: { type: 'string' },
    seconds: { type: 'string', default: '120' },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const [given = '', ...others] = positionals
  const url = given.replace(/\/+$/, '')
  if (!/^https?:\/\/[^/?#@\s]+$/.test(url) || !URL.canParse(url) || others.length > 0)
    throw new Stop('One address is needed, without a path: npm run smoke -- https://auth.example.com')
  const seconds = Number(values.seconds)
  if (!(seconds >= 1 && seconds <= 3600)) throw new Stop('--seconds must be a number from 1 to 3600.')
  const { hostname } = new URL(url)
  const local = isLoopback(hostname)
  const email = values.email ?? (local ? `smoke-${randomBytes(6).toString('hex')}@example.com` : undefined)
  if (!email) throw new Stop('--email is needed: an address whose mails you can read, and that no account has.')
  if (!local && !values.mailbox && !process.stdin.isTTY)
    throw new Stop('--mailbox is needed: nobody can be asked for the mailed link.')
  const mailbox = values.mailbox
    ? commandMailbox(values.mailbox, seconds)
    : local
      ? localMailbox(url, seconds)
      : typedMailbox(seconds)

  const trial = createTrial(url, email, mailbox)
  const forget = atEnd(trial.remove)
  let failure: string | undefined
  try {
    await trial.run()
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    failure = error.message
  } finally {
    forget()
    const left = await trial.remove()
    if (left)
      failure = `${failure ? `${failure} ` : ''}The account of ${email} could not be deleted: ${left}. If its address was not verified, the cron removes it after 30 days; an admin can do so now.`
  }
  for (const difference of trial.differences) console.log(`differs  ${difference}`)
  if (failure) throw new Stop(failure)
  if (trial.differences.length > 0) return 1
  console.log(`${url} works as a local run does. The test account is deleted.`)
  return 0
}

if (import.meta.main) await runCommand(smoke)
