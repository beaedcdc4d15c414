import { alterUser, signedInUser, type TestApp } from './support.ts'

/** Returns a verified admin with a session. No request makes the first admin, so the row is changed directly. */
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

/** Returns the body of a reply that must have this status; otherwise the error shows the reply. */
export const bodyOf = async <T = UserBody>(response: Response, status = 200): Promise<T> => {
  if (response.status !== status) throw new Error(`answered ${response.status}: ${await response.text()}`)
  return response.json()
}

type Reply = { code: string; errors?: { field: string; code: string }[] }

/** Returns what a program reads in a refusal: status, code, and the members it names. */
export const refusalOf = async (response: Response) => {
  const { code, errors } = (await response.clone().json()) as Reply
  return { status: response.status, code, fields: errors?.map(({ field, code }) => `${field} ${code}`) ?? [] }
}
