import { explain, localState, type Place, Stop } from './database.ts'
import type { Deployment } from './deployment.ts'
import { type Ended, ended, run, start } from './process.ts'

type Target = Pick<Deployment, 'env' | 'config'>

/** The deployed database, or the local one. */
export const placeOf = ({ env, config }: Target, remote: boolean, persistTo = localState): Place => ({
  remote,
  persistTo,
  env,
  config,
})

/**
 * Runs wrangler for a Worker. Values of the process environment would win over those of a file of secrets, so those that
 * `without` names are taken out.
 */
export const wrangler = (args: string[], { env, config }: Target, without: string[] = []): Promise<Ended> =>
  // An empty name is wrangler's word for "outside of all environments".
  run('wrangler', [...args, '--config', config, '--env', env ?? ''], {
    env: Object.fromEntries(without.map((name) => [name, undefined])),
  })

/** The text of a command. @throws {Stop} in words that tell what to do */
export const ask = async (args: string[], target: Target, without?: string[]): Promise<string> => {
  const { status, output } = await wrangler(args, target, without)
  if (status !== 0) throw new Stop(explain(output, placeOf(target, true)))
  return output
}

/** JSON, wherever it begins: wrangler may warn of something before it. */
const jsonIn = (text: string): unknown => JSON.parse(text.slice(text.search(/^[[{]/m)))

/** Whether the account has the database. @throws {Stop} */
export const hasDatabase = async (deployment: Deployment): Promise<boolean> => {
  const found = jsonIn(await ask(['d1', 'list', '--json'], deployment)) as { name: string; uuid: string }[]
  return found.some(({ name, uuid }) => uuid === deployment.databaseId || name === deployment.database)
}

/** The id of the KV namespace of this title; undefined where the account has none. @throws {Stop} */
export const namespaceId = async (deployment: Deployment): Promise<string | undefined> => {
  const found = jsonIn(await ask(['kv', 'namespace', 'list'], deployment)) as { title: string; id: string }[]
  return found.find(({ title }) => title === deployment.namespace)?.id
}

/** Names of the secrets that the deployed Worker has; undefined where there is no such Worker yet. @throws {Stop} */
export const remoteSecrets = async (deployment: Deployment): Promise<string[] | undefined> => {
  const { status, output } = await wrangler(['secret', 'list', '--format', 'json'], deployment)
  if (status === 0) return (jsonIn(output) as { name: string }[]).map(({ name }) => name)
  if (/Worker ".*" (\(env: .*\) )?not found/.test(output)) return
  throw new Stop(explain(output, placeOf(deployment, true)))
}

/** Domains that may send, by Email Sending; undefined where wrangler could not find out. */
export const sendingDomains = async (deployment: Deployment): Promise<string[] | undefined> => {
  const { status, output } = await wrangler(['email', 'sending', 'list'], deployment)
  if (status !== 0) return
  const rows = output.split('\n').map((line) => line.split('│').map((cell) => cell.trim()))
  return rows.filter((cells) => cells[3] === 'yes').map((cells) => cells[2]!)
}

/** Whether the service answers at this address, and its database. */
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
 * Gives the deployed Worker these secrets, through a pipe: they stand in no command line. Others that it has stay.
 * @throws {Stop}
 */
export const uploadSecrets = async (deployment: Deployment, secrets: Record<string, string>): Promise<void> => {
  const args = ['secret', 'bulk', '--config', deployment.config, '--env', deployment.env ?? '']
  const child = start('wrangler', args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin!.end(JSON.stringify(secrets))
  const { status, output } = await ended(child)
  if (status !== 0) throw new Stop(explain(output, placeOf(deployment, true)))
}
