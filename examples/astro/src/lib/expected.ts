import { otherUser, unavailable } from './gatehouse.ts'
import { readVisitor } from './visitor.ts'

/** What acts on the account that the cookies name. */
const acting = /^\/api\/(?:user|admin)(?:\/|$)|^\/api\/auth\/reauthenticate$/

/**
 * Refuses a request whose page was made for another user than the one whose cookies come with it: a form that Ada opened
 * must not change the account of Bob, who logged in in another tab. The cookie that is compared is the one that goes on to
 * the service. Undefined where nothing speaks against it.
 */
export const unexpected = async (request: Request): Promise<Response | undefined> => {
  const expected = request.headers.get('Expected-User')
  if (expected === null || !acting.test(new URL(request.url).pathname)) return undefined
  const visitor = await readVisitor(request)
  if (visitor === 'unknown') return unavailable()
  // Without a token that holds the service refuses by itself; the page refreshes, and comes again with another.
  return visitor && visitor.id !== expected ? otherUser() : undefined
}
