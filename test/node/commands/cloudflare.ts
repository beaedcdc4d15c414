import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { type Account, api, type Call, failure, type Reply } from './cloudflare-api.ts'
import { certificate, tlsServer } from './tls-server.ts'

/** The only token that the stand-in accepts. */
export const goodToken = 'a-token-of-the-stand-in'

/** Returns what the deployed service answers: whether it is ready, and its public keys. */
const service = (account: Account, path: string): object => {
  const { workers, ready } = account
  const [worker] = workers.values()
  if (path.endsWith('/oauth-authorization-server') && worker) return account.metadata ?? {}
  if (path === '/health/ready') return { status: ready && worker ? 'ready' : 'not ready' }
  const { keys } = JSON.parse(worker?.secrets.SIGNING_KEYS ?? '{"keys":[]}') as { keys: Record<string, unknown>[] }
  return { keys: keys.map(({ d: _, ...key }) => key) }
}

const bodyOf = async (request: IncomingMessage) => {
  let body = ''
  // Pictures are not text.
  const encoding = request.url?.includes('/objects/') ? 'latin1' : 'utf8'
  for await (const part of request.setEncoding(encoding)) body += part
  return body
}

const empty = (): Account => ({
  databases: new Map(),
  workers: new Map(),
  namespaces: [],
  buckets: [],
  objects: new Map(),
  domains: [],
  uploads: [],
  fails: undefined,
  ready: true,
})

/**
 * A stand-in for an account, and for the service deployed in it, at whatever URL. With `env()`, a command sends its
 * requests to other computers there. `database` answers to every name; undefined: the account has none.
 */
export const cloudflare = async (database: DatabaseSync | undefined, given: Partial<Account> = {}) => {
  const queries: string[] = []
  /** The requests that change something, in order, without queries. */
  const changes: string[] = []
  const account: Account = { ...empty(), ...(database ? { databases: new Map([['*', database]]) } : {}), ...given }
  const reply = (call: Call, authorization: string | undefined): Reply => {
    const { method, path } = call
    if (authorization !== `Bearer ${goodToken}`) return failure(403, 10000, 'Authentication error')
    if (account.fails?.test(`${method} ${path}`)) return failure(400, 10021, 'The stand-in was told to fail')
    if (method !== 'GET' && !path.endsWith('/query')) changes.push(`${method} ${path}`)
    return api(account, queries, call)
  }
  const server = createServer(async (request, response) => {
    const { pathname: path, searchParams: query } = new URL(request.url!, origin)
    const body = await bodyOf(request)
    if (path === '/upload') {
      account.uploads.push(body)
      return response.writeHead(200, { ETag: `"${createHash('md5').update(body).digest('hex')}"` }).end()
    }
    if (account.silent?.test(path)) return
    if (path.startsWith('/avatars/')) {
      const object = account.objects.get(path.slice('/avatars/'.length))
      return response.writeHead(object ? 200 : 404).end(object)
    }
    if (!path.startsWith('/client/v4')) {
      const answer = service(account, path)
      response.writeHead('status' in answer && answer.status !== 'ready' ? 503 : 200)
      return response.end(JSON.stringify(answer))
    }
    const short = path.replace(/^\/client\/v4(\/accounts\/0{32})?/, '')
    const { status, ...envelope } = (() => {
      try {
        const call = { method: request.method!, path: short, page: Number(query.get('page') ?? 1), body, origin }
        return reply(call, request.headers.authorization)
      } catch (error) {
        return failure(500, 10001, `The stand-in failed at ${request.method} ${short}: ${(error as Error).message}`)
      }
    })()
    response.writeHead(status, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ success: status === 200, errors: [], messages: [], result: null, ...envelope }))
  })
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const secure = await tlsServer({ minVersion: 'TLSv1.2' })
  return {
    account,
    queries,
    changes,
    uploads: account.uploads,
    env: (token = goodToken) => ({
      CLOUDFLARE_API_BASE_URL: `${origin}/client/v4`,
      CLOUDFLARE_API_TOKEN: token,
      CLOUDFLARE_ACCOUNT_ID: '0'.repeat(32),
      GATEHOUSE_STAND_IN: origin,
      GATEHOUSE_STAND_IN_TLS: JSON.stringify({ port: secure.port, ca: certificate }),
      NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'reach-the-stand-in.mjs')).href}`,
    }),
    close: () => {
      server.close()
      secure.close()
    },
  }
}
