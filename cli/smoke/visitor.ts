import { Stop } from '../lib/database.ts'

/** The milliseconds that one request may take. */
const timeoutMs = 15_000

export type Reply = {
  route: string
  status: number
  type: string
  cookies: string[]
  // biome-ignore lint/suspicious/noExplicitAny: the caller reports what the body lacks
  body: any
}

type Call = { json?: object; form?: FormData; bearer?: string }

/** The headers that every reply of a local run has, with their values. */
const always: Record<string, RegExp> = {
  'x-content-type-options': /^nosniff$/,
  'x-request-id': /./,
}
/** The headers that a deployed service adds. */
const overHttps: Record<string, RegExp> = { 'strict-transport-security': /max-age=\d{7,}/ }

/** Creates a client that keeps cookies, prints a line for each request, and collects what differs. */
export const createVisitor = (url: string) => {
  const jar = new Map<string, string>()
  const all: string[] = []
  const differs = Object.assign(
    (what: string) => {
      if (!all.includes(what)) all.push(what)
    },
    { all },
  )
  const say = (what: string, how: string, ms?: number) =>
    console.log(`${how.padEnd(7)}  ${what}${ms === undefined ? '' : `  ${Math.round(ms)} ms`}`)

  const compare = (route: string, headers: Headers) => {
    const expected = { ...always, ...(url.startsWith('https:') ? overHttps : {}) }
    for (const [name, value] of Object.entries(expected)) {
      const found = headers.get(name)
      if (found === null) differs(`${route}: the header ${name} is missing`)
      else if (!value.test(found)) differs(`${route}: the header ${name} is ${found}`)
    }
  }

  const call = async (route: string, { json, form, bearer }: Call = {}): Promise<Reply> => {
    const [method = '', path = ''] = route.split(' ')
    const headers = new Headers({ Accept: 'application/json' })
    if (json) headers.set('Content-Type', 'application/json')
    if (bearer) headers.set('Authorization', `Bearer ${bearer}`)
    if (jar.size > 0) headers.set('Cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const to = new URL(path, url)
    const name = `${method} ${to.pathname}`
    const from = performance.now()
    try {
      const response = await fetch(to, {
        method,
        headers,
        body: form ?? (json ? JSON.stringify(json) : null),
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
      const type = response.headers.get('Content-Type')?.split(';')[0] ?? ''
      const text = await response.text()
      const body = /json/.test(type) ? (JSON.parse(text) as object) : {}
      say(name, String(response.status), performance.now() - from)
      compare(name, response.headers)
      const cookies = response.headers.getSetCookie()
      for (const cookie of cookies) {
        const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
        if (value === '') jar.delete(key)
        else jar.set(key, value)
        if (url.startsWith('https:') && !/; *secure/i.test(cookie)) differs(`${name}: the cookie ${key} is not Secure`)
      }
      return { route: name, status: response.status, type, cookies, body }
    } catch (error) {
      const { cause, message } = error as Error & { cause?: Error }
      throw new Stop(`${name} cannot be reached: ${cause?.message || message}.`)
    }
  }
  return { call, differs, say }
}
