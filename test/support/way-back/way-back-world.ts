import { bodyOf } from '../app/administrators.ts'
import {
  linkIn,
  logIn,
  mailsTo,
  register,
  type SessionBody,
  signedInUser,
  someAddress,
  somePassword,
  type TestApp,
} from '../app/support.ts'
import { rows } from '../faults/fault-world.ts'

export const proofHeader = (proof: string) => ({ 'Gatehouse-Proof': proof })

/** Returns the links in the newest mail to an address that has any, by the page that they lead to. */
export const linksIn = (app: TestApp, address: string): Record<string, string> => {
  const mail = mailsTo(app, address).findLast(({ text }) => text.includes('#token='))
  const found = [...(mail?.text ?? '').matchAll(/\/([\w-]+)#token=([\w.-]+)/g)]
  if (found.length === 0) throw new Error(`no link to ${address}`)
  return Object.fromEntries(found.map(([, page, token]) => [page!, token!]))
}

/** Returns the newest link in mails to an address that leads to this page. */
export const linkTo = (app: TestApp, address: string, page: string): string => {
  const of = new RegExp(`/${page}#token=([\\w.-]+)`)
  const mail = mailsTo(app, address).findLast(({ text }) => of.test(text))
  const token = of.exec(mail?.text ?? '')?.[1]
  if (!token) throw new Error(`no link to ${page} for ${address}`)
  return token
}

export const follow = (app: TestApp, page: string, token: string, more: object = {}, bearer?: string) =>
  app.call(`POST /api/auth/${page}`, { json: { token, ...more }, ...(bearer && { bearer }) })

export const ask = (app: TestApp, bearer: string, email: string, more: object = {}, headers?: Record<string, string>) =>
  app.call('PATCH /api/user/profile', { bearer, json: { email, ...more }, ...(headers && { headers }) })

export const revert = (app: TestApp, token: string, password?: string) =>
  follow(app, 'revert-email-change', token, password === undefined ? {} : { password })

/** Confirms a change of address away from `a`. @returns the link that undoes it */
export const confirmMove = async (app: TestApp, a: string, token: string, bearer: string) => {
  await follow(app, 'confirm-email', token, {}, bearer)
  return linkTo(app, a, 'revert-email-change')
}

/** Disputes a change of address to `b` without the password. @returns the link that ends the freeze */
export const freeze = async (app: TestApp, b: string, token: string) => {
  await revert(app, token)
  return linkTo(app, b, 'end-freeze')
}

/** Changes the address with the password, or with a one-use proof, confirmed in the same session. */
export const moveTo = async (
  app: TestApp,
  bearer: string,
  next: string,
  current_password = somePassword,
  prove?: () => Promise<string>,
) => {
  app.wait({ minutes: 2 })
  const asked = prove
    ? await ask(app, bearer, next, {}, proofHeader(await prove()))
    : await ask(app, bearer, next, { current_password })
  await bodyOf(asked)
  const confirmed = await follow(app, 'confirm-email', linkTo(app, next, 'confirm-email'), {}, bearer)
  await bodyOf(confirmed)
}

/** Sets a password through a reset link mailed to the address. False if no mail came or the link was not valid. */
export const resetBy = async (app: TestApp, address: string, new_password: string): Promise<boolean> => {
  app.wait({ minutes: 2 })
  const before = mailsTo(app, address).length
  await app.call('POST /api/auth/forgot-password', { json: { email: address } })
  if (mailsTo(app, address).length === before) return false
  return (await follow(app, 'reset-password', linkIn(app, address), { new_password })).status === 200
}

export const opens = async (
  app: TestApp,
  email: string,
  password: string,
  otp?: string,
): Promise<SessionBody | undefined> => {
  const reply = await app.call('POST /api/auth/login', { json: { email, password, otp } })
  return reply.status === 200 ? reply.json() : undefined
}

export const ownerOf = async (app: TestApp, email: string) =>
  (await rows(app, 'select id, email, status from users where email_canonical = ?', email))[0]

export const accountOf = async (app: TestApp, id: string) =>
  (
    await rows(
      app,
      'select email, status, password, frozen_until, erases_at, pending_email from users where id = ?',
      id,
    )
  )[0]

export const eventsOf = async (app: TestApp, id: string) =>
  (await rows(app, 'select event from audit where user_id = ? order by id', id)).map(({ event }) => event)

/** An owner with address A, and a thief who knows the password and moves the account to B. */
export const taken = async (app: TestApp) => {
  const owner = await signedInUser(app, someAddress('a'))
  const [a, b] = [owner.email, someAddress('b')]
  const thief = await logIn(app, a)
  await moveTo(app, thief.access_token, b)
  return { id: owner.user.id, a, b, owner, thief, link: linkTo(app, a, 'revert-email-change') }
}

/** The password that strangers use for every registration. */
export const strangersPassword = 'the passphrase of a stranger'

export const registers = (app: TestApp, email: string) => {
  app.wait({ minutes: 2 })
  return register(app, email, strangersPassword)
}
