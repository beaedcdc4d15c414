/** What an operation is sent, by where it goes. */
export type Parts = {
  param?: Record<string, string>
  query?: Record<string, unknown>
  json?: unknown
  form?: Record<string, unknown>
}

export type CallOptions = {
  signal?: AbortSignal | undefined
  headers?: Record<string, string>
  /** What `fetch` is given besides. */
  init?: RequestInit
  /** `proof` of a log-in or a reauthentication, for one operation that asks for full proof. */
  proof?: string | undefined
  /** Whom this is meant for: refused as `user_changed`, unsent, where another user is known to have logged in. */
  expectedUser?: string | undefined
}

/** A request before it is known who asks. */
export type Outgoing = {
  method: string
  /** Below the address of the service, with its parameters filled in. */
  path: string
  query: Record<string, unknown>
  init: RequestInit & { headers: Headers }
  expectedUser: string | undefined
}

/** By hand: older React Native has a `URLSearchParams` that only appends. */
export const searchOf = (query: Record<string, unknown>): string => {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

/**
 * The path with its parameters. One that is missing, or that a URL resolves away, would make it the path of another
 * operation: of all sessions in place of one.
 * @throws TypeError
 */
const filled = (template: string, param: Record<string, unknown>) =>
  template.replace(/:(\w+)/g, (_, name: string) => {
    const value = param[name]
    if (typeof value !== 'string' || /^\.{0,2}$/.test(value)) throw new TypeError(`${template} needs ${name}`)
    return encodeURIComponent(value)
  })

const formOf = (members: Record<string, unknown>) => {
  const form = new FormData()
  for (const [name, value] of Object.entries(members))
    if (value !== undefined) form.append(name, value as string | Blob)
  return form
}

/** @throws TypeError for a parameter of the path that is missing */
export const outgoing = (
  method: string,
  template: string,
  { param = {}, query = {}, json, form }: Parts,
  { signal, headers, init, proof, expectedUser }: CallOptions,
  own: Record<string, string>,
): Outgoing => {
  const all = new Headers(own)
  for (const [name, value] of Object.entries(headers ?? {})) all.set(name, value)
  if (proof !== undefined) all.set('Gatehouse-Proof', proof)
  if (json !== undefined) all.set('Content-Type', 'application/json')
  const body = form ? formOf(form) : json === undefined ? undefined : JSON.stringify(json)
  return {
    method,
    path: filled(template, param),
    query,
    init: { ...init, method, headers: all, ...(signal && { signal }), ...(body !== undefined && { body }) },
    expectedUser,
  }
}
