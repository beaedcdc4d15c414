/** The input of an operation, by the place where it is sent. */
export type Parts = {
  param?: Record<string, string>
  query?: Record<string, unknown>
  json?: unknown
  form?: Record<string, unknown>
}

export type CallOptions = {
  signal?: AbortSignal | undefined
  headers?: Record<string, string>
  /** Further options for `fetch`. */
  init?: RequestInit
  /** The `proof` of a log-in or a re-authentication, for one operation that requires full proof. */
  proof?: string | undefined
  /**
   * The user that the request is meant for. If another user is known to have logged in, it is not sent and fails as
   * `user_changed`.
   */
  expectedUser?: string | undefined
}

/** A request before authentication is added. */
export type Outgoing = {
  method: string
  /** The path below the service's URL, with its parameters filled in. */
  path: string
  query: Record<string, unknown>
  init: RequestInit & { headers: Headers }
  expectedUser: string | undefined
}

/** Written by hand: the `URLSearchParams` of older React Native versions can only append. */
export const searchOf = (query: Record<string, unknown>): string => {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

/**
 * Returns the path with its parameters. If a parameter were missing, or were `..` (which URL parsing removes), the path
 * would be that of another operation: all sessions instead of one.
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

/** @throws TypeError if a path parameter is missing */
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
