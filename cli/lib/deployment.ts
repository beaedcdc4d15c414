import { randomUUID } from 'node:crypto'
import { closeSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { experimental_readRawConfig } from 'wrangler'
import { Stop } from './database.ts'
import { createPrivate } from './private-file.ts'
import { root } from './process.ts'

/**
 * The part of wrangler.toml that is read here: the top level or an environment, each with its own bindings, variables
 * and secrets.
 */
type Part = {
  name?: string
  main?: string
  vars?: Record<string, unknown>
  secrets?: { required?: string[] }
  d1_databases?: { binding: string; database_name?: string; database_id?: string; migrations_dir?: string }[]
  kv_namespaces?: { binding: string; id?: string }[]
  r2_buckets?: { binding: string; bucket_name?: string }[]
  send_email?: { name: string; allowed_sender_addresses?: string[] }[]
  routes?: (string | { pattern: string })[]
  route?: string | { pattern: string }
  limits?: { cpu_ms?: number }
  ratelimits?: { name: string; simple?: { limit?: number; period?: number } }[]
  observability?: { enabled?: boolean; logs?: { enabled?: boolean; invocation_logs?: boolean } }
  triggers?: { crons?: string[] }
} & Record<string, unknown>

type WranglerToml = Part & { env?: Record<string, Part> }

/** Something in the account that belongs to one Worker: its kind, and its id or name. */
export type Resource = { what: string; id: string }

/** The kinds of resources by their list in wrangler.toml, and the members that identify one. */
const identities: Record<string, { what: string; by: string[] }> = {
  d1_databases: { what: 'database', by: ['database_id', 'database_name'] },
  kv_namespaces: { what: 'KV namespace', by: ['id'] },
  r2_buckets: { what: 'bucket', by: ['bucket_name'] },
  ratelimits: { what: 'namespace_id of a rate limit', by: ['namespace_id'] },
  analytics_engine_datasets: { what: 'dataset', by: ['dataset'] },
  vectorize: { what: 'index', by: ['index_name'] },
  hyperdrive: { what: 'Hyperdrive', by: ['id'] },
  producers: { what: 'queue', by: ['queue'] },
  consumers: { what: 'queue', by: ['queue'] },
}

const resourcesOf = (part: Part, worker: string, bucket: string): Resource[] => {
  const queues = isObject(part.queues) ? part.queues : {}
  const named = Object.entries({ ...part, ...queues }).flatMap(([list, entries]) =>
    Array.isArray(entries) && identities[list]
      ? entries
          .filter(isObject)
          .flatMap((entry) =>
            identities[list]!.by.flatMap((member) =>
              typeof entry[member] === 'string' ? { what: identities[list]!.what, id: entry[member] } : [],
            ),
          )
      : [],
  )
  return [{ what: 'Worker', id: worker }, { what: 'bucket', id: bucket }, ...named].filter(
    (one, index, all) => all.findIndex(({ what, id }) => what === one.what && id === one.id) === index,
  )
}

/**
 * A Worker as configured in wrangler.toml: in an environment, or outside all environments, which local runs and the
 * deploy button use.
 */
export type Deployment = {
  config: string
  env: string | undefined
  worker: string
  /** The path of the Worker's entry point, as in wrangler.toml. */
  main: string
  vars: Record<string, string>
  required: string[]
  bindings: string[]
  /** The name of the database in the account. */
  database: string
  /** The id of the database, with which wrangler need not search for it. */
  databaseId: string | undefined
  migrations: string
  /** The title that wrangler gives the KV namespace; undefined if wrangler.toml has the namespace's id. */
  namespace: string | undefined
  /** The name of the bucket of pictures: the one in wrangler.toml, or the one that wrangler gives it. */
  bucket: string
  /** The name of the bucket of backups, if there is one. */
  backups: string | undefined
  /** The name of the bucket of the audit's archive, if there is one. */
  archive: string | undefined
  /** The hosts of its routes, without those of workers.dev. */
  hosts: string[]
  senders: string[] | undefined
  cpuMs: number | undefined
  /** How many requests the binding SHIELD lets through in how many seconds. */
  shield: { limit?: number; period?: number } | undefined
  observability: Part['observability']
  resources: Resource[]
  crons: string[]
  /** The operator's copy of the secrets: Cloudflare never returns them. */
  secretFile: string
}

export const defaultConfig = join(root, 'wrangler.toml')

const raw = (config: string): WranglerToml => {
  try {
    return (experimental_readRawConfig({ config }) as { rawConfig: WranglerToml }).rawConfig
  } catch (error) {
    throw new Stop(`${config} cannot be read: ${(error as Error).message.split('\n')[0]}`)
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Returns the names of the bindings: the member `binding`, or `name` as in `send_email` and `ratelimits`. */
const bindingsOf = (part: Part): string[] =>
  Object.entries(part)
    .filter(([key]) => !['env', 'vars', 'secrets', 'assets', 'observability'].includes(key))
    .flatMap(([, value]) => [value].flat())
    .flatMap((entry) => (isObject(entry) ? [entry.binding ?? entry.name] : []))
    .filter((name) => typeof name === 'string')
    .sort()

export const environments = (config = defaultConfig): string[] => Object.keys(raw(config).env ?? {})

/**
 * @throws {Stop} for an environment that wrangler.toml does not have: wrangler would use another Worker and database
 */
export const readDeployment = (env: string | undefined, config = defaultConfig, secretFile?: string): Deployment => {
  const top = raw(config)
  const part = env === undefined ? top : top.env?.[env]
  if (!part) throw new Stop(`wrangler.toml has no environment ${JSON.stringify(env)}.`)
  const of = (path: string) => resolve(dirname(config), path)
  const database = part.d1_databases?.find(({ binding }) => binding === 'DB')
  const routes = part.routes ?? top.routes ?? [part.route ?? top.route ?? []].flat()
  const worker = part.name ?? (env === undefined ? (top.name ?? '') : `${top.name}-${env}`)
  const bucketOf = (name: string) =>
    part.r2_buckets?.find(({ binding }) => binding === name)?.bucket_name ?? `${worker}-${name}`.toLowerCase()
  const bindings = bindingsOf(part)
  const bucket = bucketOf('AVATARS')
  return {
    config,
    env,
    worker,
    main: part.main ?? top.main ?? '',
    vars: Object.fromEntries(Object.entries(part.vars ?? {}).map(([name, value]) => [name, String(value)])),
    required: part.secrets?.required ?? [],
    bindings,
    database: database?.database_name ?? '',
    databaseId: database?.database_id,
    migrations: of(database?.migrations_dir ?? 'migrations'),
    namespace: part.kv_namespaces?.[0]?.id ? undefined : `${worker}-denylist`,
    bucket,
    backups: bindings.includes('BACKUPS') ? bucketOf('BACKUPS') : undefined,
    archive: bindings.includes('AUDIT_ARCHIVE') ? bucketOf('AUDIT_ARCHIVE') : undefined,
    hosts: routes.map((route) => (typeof route === 'string' ? route : route.pattern).split('/')[0]!),
    senders: part.send_email?.[0]?.allowed_sender_addresses,
    cpuMs: (part.limits ?? top.limits)?.cpu_ms,
    shield: part.ratelimits?.find(({ name }) => name === 'SHIELD')?.simple,
    observability: part.observability ?? top.observability,
    resources: resourcesOf(part, worker, bucket),
    crons: (part.triggers ?? top.triggers)?.crons ?? [],
    secretFile: secretFile ?? of(env === undefined ? '.dev.vars' : `.dev.vars.${env}`),
  }
}

/**
 * Runs something with a second configuration file that contains the id of the KV namespace. wrangler identifies a
 * namespace only by its id, and would create a second one if an earlier deployment was interrupted after creating the
 * first.
 */
export const withNamespace = async <T>(
  { config, env }: Deployment,
  id: string,
  act: (config: string) => Promise<T>,
) => {
  const top = raw(config)
  const part = env === undefined ? top : top.env![env]!
  part.kv_namespaces = part.kv_namespaces?.map((namespace) => ({ ...namespace, id }))
  const file = join(dirname(config), `wrangler.deploy-${randomUUID()}.json`)
  const open = createPrivate(file)
  try {
    writeFileSync(open, JSON.stringify(top))
    closeSync(open)
    return await act(file)
  } finally {
    rmSync(file, { force: true })
  }
}
