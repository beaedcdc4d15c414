import { explain, localState, type Place, Stop } from './database.ts'
import type { Deployment } from './deployment.ts'
import { patience, tooLate } from './patience.ts'
import { type Ended, ended, start } from './process.ts'

type Target = Pick<Deployment, 'env' | 'config'>

/** Returns the deployed database, or the local one. */
export const placeOf = ({ env, config }: Target, remote: boolean, persistTo = localState): Place => ({
  remote,
  persistTo,
  env,
  config,
})

/**
 * Runs wrangler for a Worker. Environment variables would override a file of secrets, so the variables named in
 * `without` are removed.
 */
export const wrangler = async (args: string[], { env, config }: Target, without: string[] = []): Promise<Ended> => {
  // For wrangler, an empty name means outside of all environments.
  const child = start('wrangler', [...args, '--config', config, '--env', env ?? ''], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: Object.fromEntries(without.map((name) => [name, undefined])),
  })
  const result = await ended(child, patience())
  if (result.late) throw new Stop(tooLate)
  return result
}

/** Returns the output of a command. @throws {Stop} in words that say what to do */
export const ask = async (args: string[], target: Target, without?: string[]): Promise<string> => {
  const { status, output } = await wrangler(args, target, without)
  if (status !== 0) throw new Stop(explain(output, placeOf(target, true)))
  return output
}

/** Parses JSON wherever it begins: wrangler may print warnings before it. */
const jsonIn = (text: string): unknown => JSON.parse(text.slice(text.search(/^[[{]/m)))

/** Whether the account has the database. @throws {Stop} */
export const hasDatabase = async (deployment: Deployment): Promise<boolean> => {
  const found = jsonIn(await ask(['d1', 'list', '--json'], deployment)) as { name: string; uuid: string }[]
  return found.some(({ name, uuid }) => uuid === deployment.databaseId || name === deployment.database)
}

/** Returns the id of the KV namespace with this title; undefined if the account has none. @throws {Stop} */
export const namespaceId = async (deployment: Deployment): Promise<string | undefined> => {
  const found = jsonIn(await ask(['kv', 'namespace', 'list'], deployment)) as { title: string; id: string }[]
  return found.find(({ title }) => title === deployment.namespace)?.id
}

/** Returns the names of the deployed Worker's secrets; undefined if the Worker does not exist yet. @throws {Stop} */
export const remoteSecrets = async (deployment: Deployment): Promise<string[] | undefined> => {
  const { status, output } = await wrangler(['secret', 'list', '--format', 'json'], deployment)
  if (status === 0) return (jsonIn(output) as { name: string }[]).map(({ name }) => name)
  if (/Worker ".*" (\(env: .*\) )?not found/.test(output)) return
  throw new Stop(explain(output, placeOf(deployment, true)))
}

/** Returns the domains that Email Sending allows; undefined if wrangler could not find out. */
export const sendingDomains = async (deployment: Deployment): Promise<string[] | undefined> => {
  const { status, output } = await wrangler(['email', 'sending', 'list'], deployment)
  if (status !== 0) return
  const rows = output.split('\n').map((line) => line.split('│').map((cell) => cell.trim()))
  return rows.filter((cells) => cells[3] === 'yes').map((cells) => cells[2]!)
}

/** Returns why the service or its database does not answer at this URL; undefined if both do. */
export const ready = async (appUrl: string): Promise<string | undefined> => {
  try {
    const { status } = await fetch(`${appUrl}/health/ready`, { signal: AbortSignal.timeout(10_000) })
    return status === 200 ? undefined : `${appUrl}/health/ready answers ${status}`
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error }
    return `${appUrl}/health/ready cannot be reached: ${cause?.message ?? message}`
  }
}

/**
 * Gives the deployed Worker these secrets through a pipe, so that they appear in no command line. Its other secrets
 * stay.
 * @throws {Stop}
 */
export const uploadSecrets = async (deployment: Deployment, secrets: Record<string, string>): Promise<void> => {
  const args = ['secret', 'bulk', '--config', deployment.config, '--env', deployment.env ?? '']
  const child = start('wrangler', args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin!.end(JSON.stringify(secrets))
  const { status, output } = await ended(child)
  if (status !== 0) throw new Stop(explain(output, placeOf(deployment, true)))
}
