import { otherUser, unavailable } from './gatehouse.ts'
import { readVisitor } from './visitor.ts'

/** Requests that act on the account named by the cookies. */
const acting = /^\/api\/(?:user|admin)(?:\/|$)|^\/api\/auth\/reauthenticate$/

/**
 * Refuses a request from a page that was made for another user than the one whose cookies it sends: a form that Ada
 * opened must not change the account of Bob, who has logged in in another tab. The cookie that is compared is the one
 * that is forwarded to the service. Undefined if the request may pass.
 */
export const unexpected = async (request: Request): Promise<Response | undefined> => {
  const expected = request.headers.get('Expected-User')
  if (expected === null || !acting.test(new URL(request.url).pathname)) return undefined
  const visitor = await readVisitor(request)
  if (visitor === 'unknown') return unavailable()
  // Without a valid token the service refuses by itself; the page then refreshes and repeats the request with a new
  // token.
  return visitor && visitor.id !== expected ? otherUser() : undefined
}
