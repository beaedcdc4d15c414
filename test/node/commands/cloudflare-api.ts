import { DatabaseSync } from 'node:sqlite'
import { unstable_splitSqlQuery as splitSql } from 'wrangler'

export type Worker = { secrets: Record<string, string>; bindings: { name: string; type: string; text?: string }[] }

/** The content of an account. `databases` is by name; the one named `*` answers to every name. */
export type Account = {
  databases: Map<string, DatabaseSync>
  workers: Map<string, Worker>
  namespaces: string[]
  buckets: string[]
  /** Pictures by their key. */
  objects: Map<string, Buffer>
  /** The bytes that a database reports as its size. */
  size?: number
  /** Domains that are set up for sending. */
  domains: string[]
  /** Files of statements that were sent to a database. */
  uploads: string[]
  /** The requests that fail: method and path of the API, without the account. */
  fails: RegExp | undefined
  /** The paths that are never answered. */
  silent?: RegExp
  /** The metadata that the deployed service publishes for verifiers; undefined for none. */
  metadata?: object
  /** Whether the deployed service answers. */
  ready: boolean
}

export type Call = { method: string; path: string; page: number; body: string; origin: string }
export type Reply = { status: number; result?: unknown; errors?: { code: number; message: string }[] }

export const failure = (status: number, code: number, message: string): Reply => ({
  status,
  errors: [{ code, message }],
})
const success = (result: unknown = null): Reply => ({ status: 200, result })

/** Returns an id that shows which item of a list it belongs to. */
const idOf = (index: number) => `00000000-0000-4000-8000-${`${index}`.padStart(12, '0')}`

/** Runs the statements as one transaction, as D1 does. */
const run = (database: DatabaseSync, sql: string, size?: number) => {
  database.exec('begin')
  try {
    const meta = size === undefined ? {} : { size_after: size }
    const results = splitSql(sql).map((one) => ({ success: true, results: database.prepare(one).all(), meta }))
    database.exec('commit')
    return success(results)
  } catch (error) {
    database.exec('rollback')
    return failure(400, 7500, `${(error as Error).message}: SQLITE_ERROR`)
  }
}

const imported = (account: Account, database: DatabaseSync, { body, origin }: Call): Reply => {
  const { action, etag } = JSON.parse(body) as { action: string; etag: string }
  if (action === 'init') return success({ upload_url: `${origin}/upload`, filename: etag })
  const { status, errors } = run(database, account.uploads.at(-1)!)
  if (errors) return { status, errors }
  const meta = { duration: 1, rows_read: 0, rows_written: 0, size_after: 0 }
  return success({
    success: true,
    status: 'complete',
    messages: [],
    result: { num_queries: 1, final_bookmark: 'b', meta },
  })
}

const databases = (account: Account, queries: string[], call: Call): Reply => {
  const all = () => [...account.databases.keys()].map((name, index) => ({ name, uuid: idOf(index) }))
  const [, id, part] = /^\/d1\/database\/([^/]+)(\/\w+)?$/.exec(call.path) ?? []
  if (!id) {
    if (call.method === 'GET') return success(all())
    account.databases.set(JSON.parse(call.body).name, new DatabaseSync(':memory:'))
    return success(all().at(-1))
  }
  const found = all().find(({ name, uuid }) => id === name || id === uuid || name === '*')
  const database = found && account.databases.get(found.name)
  if (!database) return failure(404, 7404, 'The database could not be found')
  if (part === '/import') return imported(account, database, call)
  if (part !== '/query') return success(found)
  const { sql } = JSON.parse(call.body) as { sql: string }
  queries.push(sql)
  return run(database, sql, account.size)
}

/** Returns a Worker as wrangler uploads it. A binding that the Worker already has may be named without its content. */
const uploaded = (body: string, before: Worker | undefined): Worker => {
  const { bindings } = JSON.parse(/name="metadata"\r\n\r\n(.*)\r\n/.exec(body)![1]!) as Pick<Worker, 'bindings'>
  const secrets = bindings.filter(({ type }) => type === 'secret_text').map(({ name, text }) => [name, text!])
  const kept = bindings.flatMap((binding) =>
    binding.type === 'inherit' ? (before?.bindings.find(({ name }) => name === binding.name) ?? []) : binding,
  )
  return {
    secrets: { ...before?.secrets, ...Object.fromEntries(secrets) },
    bindings: kept.filter(({ type }) => type !== 'secret_text'),
  }
}

const version = { id: 'v', resources: { script: { etag: 'e' } }, metadata: {} }

const workers = (account: Account, { method, path, body }: Call): Reply => {
  const [, kind, name, part] = /^\/workers\/(scripts|services|workers)\/([^/]+)(\/.*)?$/.exec(path) ?? []
  if (!name) return failure(404, 10000, `The stand-in has no ${method} ${path}`)
  const worker = account.workers.get(name)
  if (part === '/assets-upload-session') return success({ jwt: 'a token', buckets: [] })
  // A Worker that already exists gets a version, which another call deploys.
  if ((!part && method === 'PUT') || (part === '/versions' && method === 'POST')) {
    account.workers.set(name, uploaded(body, worker))
    return success({ ...version, etag: 'e', startup_time_ms: 10, deployment_id: 'd', version_id: 'v' })
  }
  if (!worker) return failure(404, kind === 'services' ? 10090 : 10007, 'This Worker does not exist')
  if (kind === 'services') return success({ default_environment: { script: { last_deployed_from: 'wrangler' } } })
  if (part === '/secrets')
    return success(Object.keys(worker.secrets).map((secret) => ({ name: secret, type: 'secret_text' })))
  if (part === '/secrets-bulk') {
    const { secrets } = JSON.parse(body) as { secrets: Record<string, { text: string }> }
    for (const [secret, { text }] of Object.entries(secrets)) worker.secrets[secret] = text
    return success()
  }
  if (part?.startsWith('/versions')) return success(version)
  if (part === '/settings') return success({ bindings: worker.bindings })
  if (part === '/deployments') return success({ deployments: [] })
  if (part === '/domains/changeset') return success({ added: [], removed: [], updated: [], conflicting: [] })
  return success({ id: name, name, enabled: true, subdomain: { enabled: true, previews_enabled: false } })
}

/** The part of Cloudflare's API that the project's wrangler commands call. `path` is without the account. */
export const api = (account: Account, queries: string[], call: Call): Reply => {
  const { method, path, body } = call
  if (path.startsWith('/d1/database')) return databases(account, queries, call)
  if (path === '/storage/kv/namespaces') {
    const { title } = method === 'POST' ? JSON.parse(body) : {}
    if (account.namespaces.includes(title)) return failure(400, 10014, 'A namespace with this title already exists.')
    if (title) account.namespaces.push(title)
    const all = account.namespaces.map((title, index) => ({ title, id: idOf(index).replaceAll('-', '') }))
    // wrangler requests pages until one is empty.
    if (method === 'GET') return success(call.page > 1 ? [] : all)
    return success(all.at(-1))
  }
  const [, objectKey] = /^\/r2\/buckets\/[^/]+\/objects\/(.+)$/.exec(path) ?? []
  if (objectKey) {
    account.objects.set(objectKey, Buffer.from(body, 'latin1'))
    return success({ key: objectKey })
  }
  const [, bucket] = /^\/r2\/buckets\/([^/]+)$/.exec(path) ?? []
  if (bucket)
    return account.buckets.includes(bucket) ? success({ name: bucket }) : failure(404, 10006, 'No such bucket')
  if (path === '/r2/buckets') {
    const { name } = method === 'POST' ? JSON.parse(body) : {}
    if (account.buckets.includes(name)) return failure(409, 10004, 'The bucket you tried to create already exists.')
    if (name) account.buckets.push(name)
    return success({ buckets: account.buckets.map((name) => ({ name })) })
  }
  if (path === '/email/sending/zones') return success(account.domains.map((name) => ({ id: name, name })))
  const [, zone] = /^\/zones\/([^/]+)\/email\/sending\/subdomains$/.exec(path) ?? []
  if (zone) return success([{ name: zone, enabled: true, tag: 'a' }])
  if (path === '/workers/subdomain') return success({ subdomain: 'stand-in' })
  return workers(account, call)
}
