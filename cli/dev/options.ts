import { Stop } from '../lib/database.ts'
import { run } from '../lib/process.ts'

const nameOf = (arg: string) => /^--(?:no-)?([^=]+)/.exec(arg)?.[1]

/** The options that `wrangler dev --help` names. */
const known = async (): Promise<Set<string>> => {
  const { output } = await run('wrangler', ['dev', '--help'])
  return new Set([...output.matchAll(/(?<=\s)--([a-z][\w-]*)/g)].map(([, name]) => name!))
}

/**
 * Refuses an option that neither this command nor wrangler has, before anything is migrated or built.
 * @throws {Stop}
 */
export const assertKnown = async (args: string[]): Promise<void> => {
  const names = args.flatMap((arg) => nameOf(arg) ?? [])
  if (names.length === 0) return
  const theirs = await known()
  // wrangler may change the form of its help.
  if (!theirs.has('port')) return
  const unknown = names.find((name) => !theirs.has(name))
  if (unknown) throw new Stop(`Neither npm start nor wrangler dev has an option --${unknown}. See npm start -- --help`)
}
