import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import type { D1Database, R2Bucket } from '@cloudflare/workers-types'
import type { PlatformProxy } from 'wrangler'
import { patience, tooLate, withPatience } from './patience.ts'
import { ended, quiet, root, start } from './process.ts'
import { Stop } from './stop.ts'

export { Stop }

/**
 * The database to use: the deployed one, or the local one in a folder. `env` and `config` are passed to wrangler; the
 * deployed environment is `production` by default.
 */
export type Place = { remote: boolean; persistTo: string; env: string | undefined; config?: string }

const optionsOf = ({ remote, env = remote ? 'production' : undefined, config }: Place) => [
  ...(env ? ['--env', env] : []),
  ...(config ? ['--config', config] : []),
]

/** Where `npm start` keeps the local database. */
export const localState = join(root, '.wrangler', 'state')

/** wrangler only warns about an unknown environment, and then uses the database outside of all environments. */
const hasEnvironment = (name: string) =>
  readFileSync(join(root, 'wrangler.toml'), 'utf8')
    .split(/\r?\n/)
    .some((line) => /^\s*\[{1,2}\s*env\.("?)([\w-]+)\1\s*[.\]]/.exec(line)?.[2] === name)

/** @throws Stop if the environment or the local database does not exist */
export const checkPlace = ({ remote, persistTo, env }: Place): void => {
  if (env !== undefined && !hasEnvironment(env))
    throw new Stop(`wrangler.toml has no environment ${JSON.stringify(env)}.`)
  if (!remote && !existsSync(join(persistTo, 'v3', 'd1')))
    throw new Stop(`There is no local database in ${persistTo} yet: \`npm start\` creates it.`)
}

/** Translates wrangler's output into words that say what to do. */
export const explain = (text: string, place: Place): string => {
  const { remote, persistTo } = place
  const where = remote ? 'The deployed database' : `The local database in ${persistTo}`
  if (/no such (table|column)/.test(text)) {
    const apply = ['npx wrangler d1 migrations apply DB --remote', ...optionsOf(place)].join(' ')
    return `${where} has not been migrated yet: ${remote ? apply : '`npm start` does it'}.`
  }
  if (/CLOUDFLARE_API_TOKEN|not logged in|not authenticated|authentication error/i.test(text))
    return 'wrangler is not logged in: `npx wrangler login`, or set CLOUDFLARE_API_TOKEN.'
  if (/Couldn't find .*\bDB\b/i.test(text)) return 'There is no such database: `npm run deploy` makes it.'
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  const fault = lines.findIndex((line) => line.startsWith('✘ [ERROR]'))
  const told =
    fault < 0 ? lines.slice(0, 1) : lines.slice(fault, fault + 3).filter((line) => !/^(If you|🪵)/u.test(line))
  return told.join(' ').replace(/^✘ \[ERROR\] /, '') || 'wrangler failed without a message.'
}

/** Another process may be writing to the local file. */
const locked = /database is locked|SQLITE_BUSY/

type Rows = Record<string, unknown>[]

/** The result of a statement, local or remote. */
type Result = { results: Rows; meta: { size_after?: number } }

type Local = { DB: D1Database; AVATARS: R2Bucket; BACKUPS?: R2Bucket; AUDIT_ARCHIVE?: R2Bucket }

/** The local databases that are open, by their place. One start of workerd serves a whole command. */
const open = new Map<string, Promise<PlatformProxy<Local>>>()

const startLocal = async ({ persistTo, env, config }: Pick<Place, 'persistTo' | 'env' | 'config'>) => {
  const { WRANGLER_LOG: loud } = process.env
  // wrangler prints warnings that matter only where the Worker itself runs.
  Object.assign(process.env, quiet, { WRANGLER_LOG: 'none' })
  try {
    const { getPlatformProxy } = await import('wrangler')
    const persist = { path: join(persistTo, 'v3') }
    const options = {
      configPath: config,
      persist,
      envFiles: [],
      remoteBindings: false,
      ...(env && { environment: env }),
    }
    return await getPlatformProxy<Local>(options)
  } finally {
    if (loud === undefined) delete process.env.WRANGLER_LOG
    else process.env.WRANGLER_LOG = loud
  }
}

/** Returns bindings to the local database and buckets, whose files `npm start` keeps. */
export const localBindings = async ({ persistTo, env, config = join(root, 'wrangler.toml') }: Place) => {
  const key = JSON.stringify([persistTo, env, config])
  if (!open.has(key)) open.set(key, startLocal({ persistTo, env, config }))
  return (await open.get(key)!).env
}

/** Stops the processes behind local databases; otherwise the command would not end. */
export const closeDatabases = async (): Promise<void> => {
  const proxies = await Promise.all(open.values())
  open.clear()
  for (const proxy of proxies) await proxy.dispose()
}

const executeLocally = async (statements: string[], place: Place): Promise<Result[]> => {
  const { DB: database } = await localBindings(place)
  for (let tries = 1; ; tries++)
    try {
      const work = database.batch<Record<string, unknown>>(statements.map((one) => database.prepare(one)))
      return await withPatience(work, `The local database in ${place.persistTo}`)
    } catch (error) {
      if (error instanceof Stop) throw error
      const { message } = error as Error
      if (tries === 5 || !locked.test(message)) throw new Stop(explain(message, place))
      await sleep(200 * tries)
    }
}

const executeRemotely = async (what: string[], place: Place) => {
  const args = ['d1', 'execute', 'DB', '--remote', '--json', ...what, ...optionsOf(place)]
  const child = start('wrangler', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let answer = ''
  child.stdout!.setEncoding('utf8').on('data', (text) => (answer += text))
  const { status, output, late } = await ended(child, patience())
  if (late) throw new Stop(tooLate)
  if (status === 0) return answer
  // The API's answer contains the failure and its explanation.
  const said = [...answer.matchAll(/"text": ("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text!) as string)
  throw new Stop(explain(said.join(' ') || output, place))
}

/**
 * Runs statements as one transaction. For the deployed database they are passed on a command line, so they may have
 * about 100,000 bytes in total.
 * @returns the rows of each, and the size of the database in bytes if it is reported
 * @throws Stop with what went wrong
 */
export const executeMeasured = async (statements: string[], place: Place): Promise<{ rows: Rows[]; size?: number }> => {
  const answer = place.remote
    ? (JSON.parse(await executeRemotely(['--command', statements.join(';\n')], place)) as Result[])
    : await executeLocally(statements, place)
  return { rows: answer.map(({ results }) => results), size: answer.at(-1)?.meta?.size_after }
}

/** Runs statements as one transaction and returns only their rows. */
export const execute = async (statements: string[], place: Place): Promise<Rows[]> =>
  (await executeMeasured(statements, place)).rows

/**
 * Runs statements of any total length as one transaction. The deployed database answers no other request meanwhile.
 * @throws Stop with what went wrong
 */
export const send = async (statements: string[], place: Place): Promise<void> => {
  if (!place.remote) return void (await executeLocally(statements, place))
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  const file = join(folder, 'statements.sql')
  try {
    writeFileSync(file, statements.join(';\n'), { mode: 0o600, flag: 'wx' })
    await executeRemotely(['--file', file, '--yes'], place)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}
