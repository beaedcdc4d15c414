import { TokenBody } from '../routes/auth-schemas.ts'
import { linkToken } from './examples.ts'
import { json, type Operation, page } from './operation.ts'
import { MessageReply } from './reply-schemas.ts'

/** The tag of links in mails about an existing account. */
const tag = 'Links from mails'

type ByLink = Pick<Operation, 'id' | 'summary' | 'description' | 'access'> & {
  done: string
  body?: Operation['body']
  reply?: Operation['replies'][200]
  refusals?: Operation['refusals']
}

/** Describes an operation that takes a link's token as JSON: its page uses it, and so may any client. */
export const byLink = ({ done, body, reply, refusals = [], ...operation }: ByLink): Operation => ({
  ...operation,
  tag,
  body: body ?? json(TokenBody, { token: { token: linkToken } }),
  replies: { 200: reply ?? { says: 'Done.', content: json(MessageReply, { done: { message: done } }) } },
  refusals: ['invalid_link', 'rate_limited', ...refusals],
})

/** Describes the page that a mailed link opens if no front end is configured. Other clients get 404 there. */
export const pageOfLink = (id: string, summary: string): Operation => ({
  id,
  tag,
  summary,
  description:
    'For browsers (`Accept: text/html`): a page whose script reads the token from the fragment and posts it.',
  local: true,
  replies: { 200: { says: 'The page.', content: page(summary) } },
  refusals: ['not_found'],
})
