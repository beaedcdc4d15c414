import { alterUser, signedInUser, type TestApp } from './support.ts'

/** A verified admin with a session. The first one comes from the operator, so the row is altered and no request made. */
export const signedInAdmin = async (app: TestApp, email?: string) => {
  const session = await signedInUser(app, email)
  await alterUser(app, session.email, { role: 'admin' })
  return session
}

export type UserBody = {
  id: string
  email: string
  email_verified: boolean
  pending_email: string | null
  name: string | null
  phone: string | null
  role: 'user' | 'admin'
  status: 'active' | 'disabled'
  created_at: string
  updated_at: string
  last_login_at: string | null
}

/** The body of a reply that must be this status; a refusal that nobody expected shows what it was. */
export const bodyOf = async <T = UserBody>(response: Response, status = 200): Promise<T> => {
  if (response.status !== status) throw new Error(`answered ${response.status}: ${await response.text()}`)
  return response.json()
}

type Reply = { code: string; errors?: { field: string; code: string }[] }

/** What a refusal says to programs: its status, its code, and the members it names. */
export const refusalOf = async (response: Response) => {
  const { code, errors } = (await response.clone().json()) as Reply
  return { status: response.status, code, fields: errors?.map(({ field, code }) => `${field} ${code}`) ?? [] }
}
