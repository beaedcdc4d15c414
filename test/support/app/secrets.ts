import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import type { TestApp } from './support.ts'

/** A text that the service wrote; `where` names the store and the place in it. */
export type Trace = { where: string; text: string }

const bytesOf = (text: string) => [...new TextEncoder().encode(text)]

/**
 * Returns the forms of a text within base64 of a longer one, one for each offset in a group of three bytes, without the
 * characters that it shares with its neighbours.
 */
const within64 = (secret: string) =>
  [0, 1, 2].map((before) => {
    const bytes = [...Array<number>(before).fill(0), ...bytesOf(secret)]
    const whole = bytes.slice(0, bytes.length - (bytes.length % 3))
    return btoa(String.fromCharCode(...whole)).slice(before === 0 ? 0 : before + 1)
  })

/** Returns the forms in which a text may be written: plain, in JSON, in a URL, in base64, in hexadecimal. */
const forms = (secret: string) => {
  const encoded = within64(secret)
  const hex = bytesOf(secret).map((byte) => byte.toString(16).padStart(2, '0'))
  const url = encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    ...encoded,
    ...url,
    hex.join(''),
  ].map((form) => form.toLowerCase())
}

/** Returns the places where any of the secrets occurs, in whatever form. */
export const found = (traces: Trace[], secrets: Iterable<string>): string[] => {
  const wanted = [...new Set([...secrets].flatMap(forms))]
  return traces
    .filter(({ text }) => {
      const lower = text.toLowerCase()
      return wanted.some((form) => lower.includes(form))
    })
    .map(({ where }) => where)
}

/** D1 gives a blob as an array of its bytes. */
const asText = (value: unknown) => (Array.isArray(value) ? String.fromCharCode(...(value as number[])) : String(value))

/** Returns every cell of every table in D1, including those of the full-text index, as `D1 table.column`. */
const d1Traces = async ({ db }: TestApp): Promise<Trace[]> => {
  const { results: tables } = await db
    .prepare("select name from sqlite_master where type = 'table' and name not like '\\_cf\\_%' escape '\\'")
    .all<{ name: string }>()
  const read = await db.batch<Record<string, unknown>>(tables.map(({ name }) => db.prepare(`select * from "${name}"`)))
  return read.flatMap(({ results }, index) =>
    results.flatMap((row) =>
      Object.entries(row).map(([column, value]) => ({
        where: `D1 ${tables[index]!.name}.${column}`,
        text: asText(value),
      })),
    ),
  )
}

const kvTraces = async ({ kv }: TestApp): Promise<Trace[]> => {
  const { keys } = await kv.list()
  return Promise.all(
    keys.map(async (key) => ({ where: 'KV', text: `${JSON.stringify(key)} ${await kv.get(key.name)}` })),
  )
}

const r2Traces = async (): Promise<Trace[]> => {
  const { objects } = await env.AVATARS.list({ include: ['httpMetadata', 'customMetadata'] })
  return Promise.all(
    objects.map(async ({ key, httpMetadata, customMetadata }) => {
      const bytes = new Uint8Array(await (await env.AVATARS.get(key))!.arrayBuffer())
      const text = `${key} ${JSON.stringify({ httpMetadata, customMetadata })} ${String.fromCharCode(...bytes)}`
      return { where: 'R2', text }
    }),
  )
}

/** Returns everything that is stored. */
export const stored = async (app: TestApp): Promise<Trace[]> =>
  (await Promise.all([d1Traces(app), kvTraces(app), r2Traces()])).flat()

/** Collects every log line from now on, also errors, which fail other tests. */
export const watchLogs = (): Trace[] => {
  const lines: Trace[] = []
  for (const level of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const)
    vi.spyOn(console, level).mockImplementation((...parts) => {
      lines.push({ where: `log ${level}`, text: parts.map(String).join(' ') })
    })
  return lines
}

/** Returns the app with every reply recorded: status, headers and body. */
export const keeping = <App extends TestApp>(app: App, replies: Trace[]): App => {
  const keep = async (operation: string, reply: Promise<Response>) => {
    const response = await reply
    const body = new TextDecoder('latin1').decode(await response.clone().arrayBuffer())
    const headers = [...response.headers].map((pair) => pair.join(': ')).join('\n')
    replies.push({
      where: `reply ${operation.replace(/[?].*/, '')}`,
      text: `${response.status}\n${headers}\n\n${body}`,
    })
    return response
  }
  return {
    ...app,
    call: (...args: Parameters<TestApp['call']>) => keep(args[0], app.call(...args)),
    request: (...args: Parameters<TestApp['request']>) => keep(args[0], app.request(...args)),
  }
}

/** Returns the tokens in replies: those of bodies and of cookies. */
export const tokensIn = (replies: Trace[]) =>
  replies.flatMap(({ text }) => [
    ...[...text.matchAll(/"(?:access_token|refresh_token|proof)":"([^"]+)"/g)].map(([, token]) => token!),
    ...[...text.matchAll(/^set-cookie: [^=]+=([^;\n]+);/gim)].map(([, value]) => value!),
  ])

/** Returns what replies contain that proves a second factor: seeds, enrolments and recovery codes. */
export const factorsIn = (replies: Trace[]) =>
  replies.flatMap(({ text }) =>
    [
      ...text.matchAll(/"(?:secret|enrolment)":"([^"]+)"/g),
      ...text.matchAll(/"([0-9A-Z]{4}(?:-[0-9A-Z]{4}){5})"/g),
    ].map(([, value]) => value!),
  )

/** The part of a token that nobody else can make. */
export const macOf = (token: string) => token.split('.').at(-1)!
