import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { end, endTogether, root, startNode } from '../../cli/lib/process.ts'
import { compare, comparePopulation, type Times } from './timing-statistics.ts'

const help = `
Shows whether response times reveal if an address has an account. Runs the service on this computer, with the
password hashing of production and raised limits; asks each operation about known and unknown addresses in
random order; and compares the times. Fails if they differ by more than 5 ms and 5 %, or if guessing by the time
would be right more often than six times in ten.

  npm run timing [-- OPTIONS]

  --population       compares log-ins only, with one request per address: accounts, of which 40 % have our own hash,
                     30 % bcrypt with 10 rounds and 30 % with 12, as after an import, and addresses nobody has.
                     Fails if the area under the curve is not between 0.42 and 0.58
  --pairs NUMBER     how many pairs of requests for each operation (200: some ten minutes)
  --only WORD        only operations whose path contains it
  --port PORT        where the service listens (one that is free)

Do not use the computer meanwhile: other work affects the figures.
`

/**
 * Requests before the counted ones: code is compiled, connections and statements are set up, every address is asked
 * for.
 */
const warmUps = 20

/** Addresses of each kind. */
const addresses = 5

/**
 * Milliseconds after each reply: work of the service after a reply begins 100 ms later and must not slow down the next
 * request.
 */
const pauseMs = 300

const startWithin = 120_000
const explorer = '/cdn-cgi/local/explorer/api'
const mailbox = `${explorer}/local/email/sending`
const password = 'orange bicycle under the old bridge'

/** Ends the command with a sentence instead of a stack trace. */
class Stop extends Error {}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Starts the service as `npm start` does, with a database of its own. */
const startService = async (port: number) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-timing-'))
  const secrets = join(folder, 'secrets')
  writeFileSync(secrets, '')
  const places = ['--port', `${port}`, '--persist-to', join(folder, 'state'), '--env-file', secrets]
  const script = join(root, 'cli', 'dev.ts')
  const child = startNode([script, ...places, '--var', 'THROTTLE_FACTOR:10000', '--log-level', 'warn'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text))
  const exited = once(child, 'exit')
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  const stop = async () => {
    end(child)
    await exited
  }

  const deadline = Date.now() + startWithin
  while (!output.includes('Gatehouse is running')) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop()
      throw new Stop(`The service did not start. What it said:\n${output}`)
    }
    await sleep(100)
  }
  return { url: `http://127.0.0.1:${port}`, stop }
}

/** Returns the milliseconds until the whole reply arrived, and its status. */
const ask = async (url: string, path: string, body: object) => {
  const from = performance.now()
  const response = await fetch(`${url}/api/auth/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  await response.arrayBuffer()
  return { time: performance.now() - from, status: response.status }
}

let made = 0
const someAddress = () => `somebody-${++made}@example.com`

const linkTo = async (url: string, address: string): Promise<string> => {
  for (let attempt = 0; attempt < 100; attempt++) {
    const list = (await (await fetch(`${url}${mailbox}?per_page=100`)).json()) as {
      result: { messageId: string; to: string | string[] }[]
    }
    const found = list.result.find(({ to }) => to.includes(address))
    if (found) {
      const mail = await fetch(`${url}${mailbox}?email_id=${encodeURIComponent(found.messageId)}`)
      const { text } = ((await mail.json()) as { result: { text: string } }).result
      const token = /#token=([\w.-]+)/.exec(text)?.[1]
      if (token) return token
    }
    await sleep(100)
  }
  throw new Stop(`No mail came for ${address}.`)
}

const expected = async (url: string, path: string, body: object, status: number) => {
  const reply = await ask(url, path, body)
  if (reply.status !== status) throw new Stop(`${path} answered ${reply.status} where ${status} was expected.`)
  await sleep(pauseMs)
  return reply.time
}

const registered = async (url: string) => {
  const email = someAddress()
  await expected(url, 'register', { email, password }, 201)
  return email
}

const verified = async (url: string) => {
  const email = await registered(url)
  await expected(url, 'verify-email', { token: await linkTo(url, email) }, 200)
  return email
}

type Operation = {
  path: string
  status: number
  /** The kind of known addresses that the operation could reveal. */
  known: 'verified' | 'waiting'
  /**
   * The unknown addresses: `repeated` uses a few again and again like the known ones, so that both kinds meet the
   * counters of their own earlier requests; `new` uses another each time, if asking makes an address known.
   */
  unknown: 'repeated' | 'new'
  body: (email: string) => object
}

const operations: Operation[] = [
  {
    path: 'login',
    status: 401,
    known: 'verified',
    unknown: 'repeated',
    body: (email) => ({ email, password: 'a wrong passphrase' }),
  },
  { path: 'register', status: 201, known: 'verified', unknown: 'new', body: (email) => ({ email, password }) },
  { path: 'forgot-password', status: 200, known: 'verified', unknown: 'repeated', body: (email) => ({ email }) },
  { path: 'resend-verification', status: 200, known: 'waiting', unknown: 'repeated', body: (email) => ({ email }) },
]

/**
 * Returns as many requests about known addresses as about unknown ones, in random order: work that one leaves behind,
 * such as a mail being written, then slows requests of either kind equally often.
 */
const shuffled = (pairs: number): ('known' | 'unknown')[] =>
  Array.from({ length: 2 * pairs }, (_, n) => ({
    kind: n % 2 ? ('known' as const) : ('unknown' as const),
    at: Math.random(),
  }))
    .sort((a, b) => a.at - b.at)
    .map(({ kind }) => kind)

const progress = (text: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

const measure = async (url: string, pairs: number, only: string) => {
  const people = { verified: [] as string[], waiting: [] as string[] }
  for (let n = 0; n < addresses; n++) {
    progress(`making people: ${n * 2} of ${2 * addresses}`)
    people.verified.push(await verified(url))
    people.waiting.push(await registered(url))
  }
  const nobody = Array.from({ length: addresses }, someAddress)
  let held = true
  for (const operation of operations.filter(({ path }) => path.includes(only))) {
    const measured: Times = { known: [], unknown: [] }
    const turns = { known: 0, unknown: 0 }
    const time = (kind: 'known' | 'unknown') => {
      const turn = turns[kind]++ % addresses
      const unknown = operation.unknown === 'new' ? someAddress() : nobody[turn]!
      const email = kind === 'known' ? people[operation.known][turn]! : unknown
      return expected(url, operation.path, operation.body(email), operation.status)
    }
    for (const kind of shuffled(warmUps / 2)) await time(kind)
    for (const [n, kind] of shuffled(pairs).entries()) {
      progress(`${operation.path}: ${n} of ${2 * pairs}`)
      measured[kind].push(await time(kind))
    }
    progress('')
    const { line, within } = compare(measured)
    console.log(`${operation.path.padEnd(20)} ${line}`)
    held &&= within
  }
  return held
}

/** Puts verified accounts with these hashes into the service's database. */
const populate = async (url: string, stored: string[]) => {
  const emails = stored.map(someAddress)
  const rows = stored.map((hash, n) => {
    const id = `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
    return `('${id}','${emails[n]}','${emails[n]}','${hash}',1,1,1)`
  })
  const databases = (await (await fetch(`${url}${explorer}/d1/database`)).json()) as { result: { uuid: string }[] }
  for (let from = 0; from < rows.length; from += 100) {
    const values = rows.slice(from, from + 100).join()
    const sql = `insert into users (id, email, email_canonical, password, email_verified_at, created_at, updated_at) values ${values}`
    const reply = await fetch(`${url}${explorer}/d1/database/${databases.result[0]?.uuid}/raw`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ sql }),
    })
    if (!reply.ok) throw new Stop(`The database did not take the accounts: ${await reply.text()}`)
  }
  return emails
}

/** The hashes of ten accounts. No password matches any of them; the service has to compute a hash to find that out. */
const hashes = [
  { share: 4, hash: `$scrypt$ln=15,r=8,p=3$${'A'.repeat(22)}$${'A'.repeat(43)}` },
  { share: 3, hash: `$2b$10$${'a'.repeat(53)}` },
  { share: 3, hash: `$2b$12$${'a'.repeat(53)}` },
].flatMap(({ share, hash }) => Array<string>(share).fill(hash))

const measurePopulation = async (url: string, pairs: number) => {
  const many = Array.from({ length: pairs + warmUps }, (_, n) => hashes[n % hashes.length]!)
  const known = (await populate(url, many)).map((email) => ({ email, at: Math.random() }))
  const people = known.sort((a, b) => a.at - b.at).map(({ email }) => email)
  const measured: Times = { known: [], unknown: [] }
  const order = [...shuffled(warmUps), ...shuffled(pairs)]
  for (const [n, kind] of order.entries()) {
    progress(`login: ${n} of ${order.length}`)
    const email = kind === 'known' ? people.pop()! : someAddress()
    const time = await expected(url, 'login', { email, password: 'a wrong passphrase' }, 401)
    if (n >= 2 * warmUps) measured[kind].push(time)
  }
  progress('')
  const { line, within } = comparePopulation(measured)
  console.log(`${'login, a population'.padEnd(20)} ${line}`)
  return within
}

const readArguments = () => {
  const options = {
    population: { type: 'boolean', default: false },
    pairs: { type: 'string' },
    only: { type: 'string', default: '' },
    port: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const
  const { values } = parseArgs({ options })
  const pairs = Number(values.pairs ?? (values.population ? 400 : 200))
  if (!Number.isInteger(pairs) || pairs < 5 || pairs > 100_000)
    throw new Stop('--pairs must be a number from 5 to 100,000.')
  if (!operations.some(({ path }) => path.includes(values.only)))
    throw new Stop(`--only must be part of one of: ${operations.map(({ path }) => path).join(', ')}.`)
  return { ...values, pairs }
}

const main = async () => {
  const { help: asked, population, pairs, only, port } = readArguments()
  if (asked) {
    console.log(help.trim())
    return 0
  }
  progress('starting the service')
  const { url, stop } = await startService(port === undefined ? await freePort() : Number(port))
  try {
    const held = population ? await measurePopulation(url, pairs) : await measure(url, pairs, only)
    console.log(held ? 'Time reveals nothing.' : 'TIME REVEALS who has an account: see the lines marked above.')
    return held ? 0 : 1
  } finally {
    await stop()
  }
}

endTogether()
try {
  process.exit(await main())
} catch (error) {
  const ours = error instanceof Stop || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')
  if (!ours) throw error
  console.error(`${(error as Error).message} See npm run timing -- --help`)
  process.exit(1)
}
