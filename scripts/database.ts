import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { ended, root, start } from './process.ts'

/** Ends a command with a sentence in place of a stack. */
export class Stop extends Error {}

/**
 * Which database: the deployed one, or the local one that is kept in a folder. `env` and `config` are for wrangler; what is
 * deployed is the environment `production`, unless another is named.
 */
export type Place = { remote: boolean; persistTo: string; env: string | undefined; config?: string }

const optionsOf = ({ remote, env = remote ? 'production' : undefined, config }: Place) => [
  ...(env ? ['--env', env] : []),
  ...(config ? ['--config', config] : []),
]

/** Where `npm start` keeps the local database. */
export const localState = join(root, '.wrangler', 'state')

/** Wrangler only warns of an environment that there is not, and goes on with the database outside of all: another one. */
const hasEnvironment = (name: string) =>
  readFileSync(join(root, 'wrangler.toml'), 'utf8')
    .split(/\r?\n/)
    .some((line) => /^\s*\[{1,2}\s*env\.("?)([\w-]+)\1\s*[.\]]/.exec(line)?.[2] === name)

/** @throws Stop where there is no such environment, or no local database */
export const checkPlace = ({ remote, persistTo, env }: Place): void => {
  if (env !== undefined && !hasEnvironment(env))
    throw new Stop(`wrangler.toml has no environment ${JSON.stringify(env)}.`)
  if (!remote && !existsSync(join(persistTo, 'v3', 'd1')))
    throw new Stop(`There is no local database in ${persistTo} yet: \`npm start\` makes it.`)
}

/** What wrangler says, in words that tell what to do. */
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
  return told.join(' ').replace(/^✘ \[ERROR\] /, '') || 'wrangler failed and said nothing.'
}

/** Another process may be writing to the local file just now. */
const locked = /database is locked|SQLITE_BUSY/

/**
 * Runs statements as one transaction and returns the rows of each. Given as a file they may be more than a command line
 * holds; then no rows are returned, and the deployed database answers nobody else meanwhile.
 * @throws Stop with what went wrong
 */
export const execute = async (
  input: { statements: string[] } | { file: string },
  place: Place,
): Promise<Record<string, unknown>[][]> => {
  const { remote, persistTo } = place
  const where = remote ? ['--remote'] : ['--local', '--persist-to', persistTo]
  const what = 'file' in input ? ['--file', input.file, '--yes'] : ['--command', input.statements.join(';\n')]
  const args = ['d1', 'execute', 'DB', ...where, '--json', ...what, ...optionsOf(place)]
  for (let tries = 1; ; tries++) {
    const child = start('wrangler', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let answer = ''
    child.stdout!.setEncoding('utf8').on('data', (text) => (answer += text))
    const { status, output } = await ended(child)
    // Of a file wrangler tells how it is sent, which is no JSON.
    if (status === 0 && 'file' in input) return []
    if (status === 0)
      return (JSON.parse(answer) as { results: Record<string, unknown>[] }[]).map((part) => part.results)
    // What failed, and what the API said to it.
    const said = [...answer.matchAll(/"text": ("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text!) as string)
    const message = said.join(' ') || output
    if (tries === 5 || !locked.test(message)) throw new Stop(explain(message, place))
    await sleep(200 * tries)
  }
}
