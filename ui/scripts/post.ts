import type { EndpointOf, Operation } from '../../client/operations.ts'
import { Refusal } from './refusal.ts'

type Posts = Extract<Operation, `POST ${string}`>
type PathOf<O> = O extends `POST ${infer P}` ? P : never
type Path = PathOf<Posts>
type Output<P extends Path> = EndpointOf<`POST ${P}` & Operation>['output']

/**
 * Posts JSON to the service that served this page, or to the site that forwards it. Tokens of the reply become cookies,
 * which no script can read.
 * @throws {Refusal}
 */
export const post = async <P extends Path>(path: P, body: object): Promise<Output<P>> => {
  let response: Response
  try {
    response = await fetch(`${path}${/^\/api\/auth\/(?:login|first-admin)/.test(path) ? '?transport=cookie' : ''}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
    })
  } catch {
    throw new Refusal('unreachable', undefined)
  }
  const reply = await response.json().catch(() => ({}))
  if (response.ok) return reply
  throw new Refusal(reply.code ?? 'unexpected_reply', reply.detail, reply, Number(response.headers.get('Retry-After')))
}
