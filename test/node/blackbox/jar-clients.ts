import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CookieJar } from 'tough-cookie'
import { firstThat } from '../client/commands.ts'
import { run } from '../client/snippets.ts'
import type { Step } from './jar-steps.ts'

type Answer = { status: number; body: string }

/** Takes the steps one after the other, with one jar. */
type Client = (url: string, steps: Step[]) => Promise<Answer[]>

const within = 30_000

/** Returns the body of a step as it is sent, and its type. */
const contentOf = ({ json, form }: Step, refreshToken: string) => {
  const filled = (members: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(members).map(([name, value]) => [name, value === '$refresh_token' ? refreshToken : value]),
    )
  if (json) return { type: 'application/json', text: JSON.stringify(filled(json)) }
  if (form) return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(filled(form)).toString() }
}

/** Takes each step by itself, for a client that only has to send one request at a time. */
const oneByOne =
  (send: (url: string, method: string, headers: Record<string, string>, body?: string) => Promise<Answer>): Client =>
  async (url, steps) => {
    const answers: Answer[] = []
    let refreshToken = ''
    for (const step of steps) {
      const [method, path] = step.route.split(' ') as [string, string]
      const content = contentOf(step, refreshToken)
      const headers = { ...step.headers, ...(content && { 'Content-Type': content.type }) }
      const answer = await send(url + path, method, headers, content?.text)
      refreshToken = /"refresh_token":"([^"]+)"/.exec(answer.body)?.[1] ?? refreshToken
      answers.push(answer)
    }
    return answers
  }

const nodeFetch = (): Client => {
  const jar = new CookieJar()
  return oneByOne(async (url, method, headers, body) => {
    const init = { method, headers: { ...headers, Cookie: await jar.getCookieString(url) }, body: body ?? null }
    const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(within) })
    for (const cookie of response.headers.getSetCookie()) await jar.setCookie(cookie, url)
    return { status: response.status, body: await response.text() }
  })
}

const curl: Client = async (url, steps) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-jar-'))
  const jar = ['--cookie', join(folder, 'jar'), '--cookie-jar', join(folder, 'jar')]
  try {
    return await oneByOne(async (address, method, headers, body) => {
      const sent = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`])
      if (body !== undefined) sent.push('--data-raw', body)
      const wanted = ['--silent', '--show-error', '--max-time', `${within / 1000}`, '--write-out', '\n%{http_code}']
      const { status, output } = await run('curl', [...wanted, ...jar, '--request', method, ...sent, address])
      if (status !== 0) throw new Error(output)
      const end = output.lastIndexOf('\n')
      return { status: Number(output.slice(end + 1)), body: output.slice(0, end) }
    })(url, steps)
  } finally {
    rmSync(folder, { recursive: true, maxRetries: 10, retryDelay: 200 })
  }
}

/** A library of Python, with a session that keeps cookies. */
const python =
  (command: string, library: string): Client =>
  async (url, steps) => {
    const script = join(import.meta.dirname, 'jar.py')
    const { status, output } = await run(command, [script, library, JSON.stringify({ url, steps })])
    if (status !== 0) throw new Error(output)
    return JSON.parse(output)
  }

const pythons = ['python3', 'python', '/usr/bin/python3']

const inPython = async (library: string, module: string) => {
  const command = await firstThat(pythons, ['-c', `import sys, ${module}; sys.exit(sys.version_info < (3, 8))`])
  return {
    name: `Python’s ${library}`,
    missing: command ? false : `no Python 3 with ${library} here`,
    client: python(command ?? '', library),
  } as const
}

/** Every client, and why it is not tried if it is missing. */
export const clients: { name: string; missing: string | false; client: Client }[] = [
  { name: 'fetch of Node with a jar', missing: false, client: (...args) => nodeFetch()(...args) },
  await inPython('urllib', 'http.cookiejar, urllib.request'),
  await inPython('requests', 'requests'),
  await inPython('httpx', 'httpx'),
  { name: 'curl', missing: (await firstThat(['curl'], ['--version'])) ? false : 'no curl here', client: curl },
]
