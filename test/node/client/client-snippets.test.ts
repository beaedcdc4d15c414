import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { makeFolder, run, serve, snippet } from './snippets.ts'

const page = 'reference/client.md'
const { folder, remove } = makeFolder()

/**
 * Requests to a stand-in of the service that answers only what the snippets need. Its first access token has already
 * expired.
 */
const seen: string[] = []
const user = { email: 'ada@example.com', name: 'Ada' }
const gives = (n: number) => ({
  access_token: `access ${n}`,
  refresh_token: `refresh ${n}`,
  token_type: 'bearer',
  user,
})
const refuses = (code: string, more = {}) => ({ status: 401, body: { code, detail: 'No.', ...more } })

const answer = (request: IncomingMessage, body: string): { status?: number; body: object } => {
  const bearer = request.headers.authorization
  switch (request.url) {
    case '/api/auth/login?transport=body':
      return body.includes('right') ? { body: gives(1) } : refuses('invalid_credentials')
    case '/api/auth/login?transport=cookie':
      return body.includes('right') ? { body: { user } } : refuses('invalid_credentials')
    case '/api/auth/refresh?transport=body':
      return body.includes('refresh 1') ? { body: gives(2) } : refuses('invalid_token')
    case '/api/user/sessions':
      return bearer === 'Bearer access 2' ? { body: { sessions: [{}, {}] } } : refuses('invalid_token')
    case '/api/user/profile':
      return { body: user }
    case '/api/auth/logout':
      return { body: { message: 'Out.' } }
    default:
      return { status: 404, body: { code: 'not_found', detail: request.url } }
  }
}

const { origin, close } = await serve(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  seen.push(`${request.method} ${request.url}`)
  const reply = answer(request, body)
  response.writeHead(reply.status ?? 200, { 'Content-Type': 'application/json' }).end(JSON.stringify(reply.body))
})
after(() => {
  close()
  remove()
})

describe('the snippets about the client', () => {
  it('log in from Node, refresh on the way, and log out', async () => {
    seen.length = 0
    const file = join(folder, 'node.mjs')
    const code = snippet(page, 'In Node, Workers and apps', 'js')
    writeFileSync(file, code.replaceAll('https://auth.example.com', origin))

    const env = { GATEHOUSE_EMAIL: 'ada@example.com', GATEHOUSE_PASSWORD: 'right' }
    const { output } = await run(process.execPath, [file], { env })

    assert.equal(output, 'Logged in as ada@example.com\n2 sessions\n')
    assert.deepEqual(seen, [
      'POST /api/auth/login?transport=body',
      'GET /api/user/sessions',
      'POST /api/auth/refresh?transport=body',
      'GET /api/user/sessions',
      'POST /api/auth/logout',
    ])
  })

  it('log in from a single-page app, and from one of another site', async () => {
    const started = 'start/getting-started.md'
    const app = snippet(started, 'A single-page app', 'js')
    const known = `const { EMAIL: email, PASSWORD: password } = process.env
const [showName, showWrongPassword] = [console.log, () => console.log('wrong')]
`
    const logIn = async (code: string, password: string) => {
      const file = join(folder, 'app.mjs')
      const here = code.replaceAll(/https:\/\/auth\.example\.(?:com|net)/g, origin)
      writeFileSync(file, known + here)
      const env = { EMAIL: 'ada@example.com', PASSWORD: password }
      return (await run(process.execPath, [file], { env })).output
    }
    const acrossSites = app.replace(
      /^import[\s\S]*?createClient\(.*\)\n/,
      `${snippet(started, 'Across domains', 'js')}import { GatehouseError } from 'gatehouse-auth'\n`,
    )

    assert.equal(await logIn(app, 'wrong'), 'wrong\n')
    assert.equal(await logIn(acrossSites, 'right'), 'Ada\n')
  })

  it('log in from a page, and say what is wrong', async () => {
    const file = join(folder, 'browser.mjs')
    writeFileSync(file, snippet(page, 'In the browser', 'js'))
    const { logIn, myName } = await import(pathToFileURL(file).href)
    const network = globalThis.fetch
    // In a page, a path is resolved against the page's URL; here nothing does that.
    globalThis.fetch = (input, init) => network(new URL(String(input), origin), init)

    try {
      assert.deepEqual(await logIn('ada@example.com', 'right'), {})
      assert.deepEqual(await logIn('ada@example.com', 'wrong'), { email: undefined, password: 'No.' })
      assert.equal(await myName(), 'Ada')
    } finally {
      globalThis.fetch = network
    }
  })
})
