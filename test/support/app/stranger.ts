import { mailsTo, type TestApp } from './support.ts'

/** A stranger who attacks an account from many networks, and the links with which its owner gets in nevertheless. */

const networks = 1000

/** Minutes. */
export const day = 24 * 60

/** Minutes between attacks. Each attack uses up a window; uneven minutes let attacks drift against the windows. */
export const strides = [1, 1, 1, 12, 14.5]

/** NIST SP 800-63B-4 §3.2.2: consecutive failures before the owner proves themselves again. */
export const bound = 100

export type Stranger = {
  /** Sends one request, from the next network. */
  act: (operation: string, json?: object) => Promise<Response>
  /** Guesses passwords until a guess is refused untested, and returns the number of tested ones. */
  guess: (most: number) => Promise<number>
}

export const stranger = (app: TestApp, email: string): Stranger => {
  let network = 0
  const ip = () => `198.18.${Math.floor((network % networks) / 250)}.${network++ % 250}`
  const act = (operation: string, json: object = {}) => app.request(`POST /api/auth/${operation}`, { json, ip: ip() })
  return {
    act,
    guess: async (most) => {
      for (let tried = 0; tried < most; tried++)
        if ((await act('login', { email, password: `guess ${network}` })).status === 429) return tried
      return most
    },
  }
}

/** Returns the tokens of all links in the mailbox that set a password, the newest first. */
const passwordLinks = (app: TestApp, email: string) =>
  mailsTo(app, email)
    .flatMap(({ text }) => /\/reset-password#token=([\w.-]+)/.exec(text)?.[1] ?? [])
    .reverse()

/** Returns a valid link from the mailbox that sets a password. */
export const liveLink = async (app: TestApp, email: string) => {
  const tokens = passwordLinks(app, email).slice(0, 4)
  const ids = tokens.map((token) => token.split('.')[0])
  const alive = await app.db
    .prepare('select id from mail where id in (?, ?, ?, ?) and used_at is null and expires_at > ?')
    .bind(...Array.from({ length: 4 }, (_, n) => ids[n] ?? ''), app.now().getTime())
    .first<string>('id')
  return alive === null ? undefined : tokens[ids.indexOf(alive)]
}

/** Returns a valid link from the mailbox; if there is none, requests one and waits for up to two minutes. */
export const linkByMail = async (app: TestApp, email: string) => {
  for (let seconds = 0; seconds <= 120; seconds += 60) {
    const link = await liveLink(app, email)
    if (link) return link
    if (seconds === 0) await app.request('POST /api/auth/forgot-password', { json: { email } })
    else app.wait({ seconds: 60 })
    await app.services.mailDelivery.deliverDue()
    await app.settled()
  }
  return liveLink(app, email)
}
