import { once } from 'node:events'
import { createServer } from 'node:http'
import type { DatabaseSync } from 'node:sqlite'

/** The only token that the stand-in takes. */
export const goodToken = 'a-token-of-the-stand-in'

/**
 * What of Cloudflare's API `wrangler d1 execute --remote` needs: to find a database by its name, and to run statements
 * in it as one transaction. `database` undefined: the account has none.
 */
export const cloudflare = async (database: DatabaseSync | undefined) => {
  const queries: string[] = []
  const reply = (path: string, authorization: string | undefined, body: string) => {
    const failure = (status: number, code: number, message: string) => ({ status, errors: [{ code, message }] })
    if (authorization !== `Bearer ${goodToken}`) return failure(403, 10000, 'Authentication error')
    if (!database) return failure(404, 7404, 'The database gatehouse could not be found')
    if (path.endsWith('/query')) {
      const { sql } = JSON.parse(body) as { sql: string }
      queries.push(sql)
      database.exec('begin')
      try {
        const results = sql
          .split(';\n')
          .map((one) => ({ success: true, results: database.prepare(one).all(), meta: {} }))
        database.exec('commit')
        return { status: 200, result: results }
      } catch (error) {
        database.exec('rollback')
        return failure(400, 7500, `${(error as Error).message}: SQLITE_ERROR`)
      }
    }
    return { status: 200, result: { uuid: '00000000-0000-4000-8000-000000000000', name: 'gatehouse' } }
  }
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    const { status, ...envelope } = reply(request.url!.split('?')[0]!, request.headers.authorization, body)
    response.writeHead(status, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ success: status === 200, errors: [], messages: [], result: null, ...envelope }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    queries,
    env: (token = goodToken) => ({
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}/client/v4`,
      CLOUDFLARE_API_TOKEN: token,
      CLOUDFLARE_ACCOUNT_ID: '0'.repeat(32),
    }),
    close: () => server.close(),
  }
}
