import { spawn } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Main, readArguments, runCommand } from '../../cli/lib/command.ts'
import { Stop } from '../../cli/lib/database.ts'
import { type Ended, end, ended, root, startNode } from '../../cli/lib/process.ts'
import { documentOrigin } from '../../src/routes/assets.ts'
import { freePort, makePlace, type Service, startService } from '../../test/node/blackbox/service.ts'
import { npm } from '../packages/npm.ts'

const help = `
Checks docs/openapi.json with common tools and prints their findings. Takes some minutes, and installs the tools
below openapi-tools/ the first time.

  npm run openapi-tools              everything
  npm run openapi-tools -- NAME …    only these: redocly, spectral, openapi-typescript, hey-api, orval,
                                     swagger-typescript-api, prism
  npm run openapi-tools -- --help

Warnings of the linters count as findings. Each generator's output is compiled under strict TypeScript, together with
code that uses it. prism stands between a local service and the session of README.md, and validates every request and reply.
Exits with 1 if there is a finding.
`

const folder = join(root, 'openapi-tools')
const made = join(root, 'node_modules', '.cache', 'gatehouse', 'openapi-tools')
const document = join(made, 'openapi.json')

/** Runs a command of a package in openapi-tools/ with this Node. */
const startTool = (packageName: string, command: string, args: string[]) => {
  const home = join(folder, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>
  }
  const file = join(home, typeof bin === 'string' ? bin : bin[command]!)
  // No telemetry.
  const env = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', DO_NOT_TRACK: '1', CI: 'true' }
  return startNode([file, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
}
const tool = (...args: Parameters<typeof startTool>): Promise<Ended> => ended(startTool(...args))

/** Writes the document as served, but with a URL that linters accept as a service's. */
const writeDocument = () => {
  rmSync(made, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  mkdirSync(made, { recursive: true })
  const text = readFileSync(join(root, 'docs', 'openapi.json'), 'utf8')
  writeFileSync(document, text.replaceAll(documentOrigin, 'https://accounts.gatehouse.test'))
}

/** Compiles a generator's output together with lines that use it. */
const compiled = async (name: string, generated: Ended, use = ''): Promise<Ended> => {
  if (generated.status !== 0) return generated
  const home = join(made, name)
  if (globSync('**/*.ts', { cwd: home }).length === 0)
    return { status: 1, output: `${generated.output}\nIt made nothing.` }
  writeFileSync(join(home, 'use.ts'), `${use}\nexport {}\n`)
  const config = join(home, 'tsconfig.json')
  writeFileSync(config, JSON.stringify({ extends: join(folder, 'tsconfig.json'), include: ['**/*.ts'] }))
  return tool('typescript', 'tsc', ['-p', config])
}

const generators: Record<string, () => Promise<Ended>> = {
  'openapi-typescript': async () => {
    const file = join(made, 'openapi-typescript', 'api.ts')
    return compiled(
      'openapi-typescript',
      await tool('openapi-typescript', 'openapi-typescript', [document, '-o', file]),
      `import type { components, operations } from './api'
export const query: operations['listUsers']['parameters']['query'] = { page: 2, per_page: 5, email_verified: true }
export const logIn: components['schemas']['Login'][] = [{ email: 'a@b.example', password: 'x' }, { username: 'a', password: 'x' }]
// @ts-expect-error one of the two is needed
export const nobody: components['schemas']['Login'] = { password: 'x' }`,
    )
  },
  'hey-api': async () =>
    compiled(
      'hey-api',
      await tool('@hey-api/openapi-ts', 'openapi-ts', ['-i', document, '-o', join(made, 'hey-api'), '--no-log-file']),
      `import type { ListUsersData, Login } from './types.gen'
export const query: ListUsersData['query'] = { page: 2, per_page: 5, email_verified: true }
// @ts-expect-error one of the two is needed
export const nobody: Login = { password: 'x' }`,
    ),
  orval: async () => {
    const output = join(made, 'orval', 'api.ts')
    return compiled(
      'orval',
      await tool('orval', 'orval', ['--input', document, '--output', output, '--client', 'fetch']),
      `import type { ListUsersParams } from './api'
export const query: ListUsersParams = { page: 2, per_page: 5, email_verified: true }`,
    )
  },
  'swagger-typescript-api': async () =>
    compiled(
      'swagger-typescript-api',
      await tool('swagger-typescript-api', 'swagger-typescript-api', [
        ...['generate', '--path', document, '--output', join(made, 'swagger-typescript-api'), '--name', 'api.ts'],
        '--silent',
      ]),
      `import { Api } from './api'
export const page = () => new Api().api.listUsers({ page: 2, per_page: 5, email_verified: true })`,
    ),
}

const linters: Record<string, () => Promise<Ended>> = {
  redocly: async () => {
    const ended = await tool('@redocly/cli', 'redocly', ['lint', document, '--config', join(folder, 'redocly.yaml')])
    return /\b[1-9]\d* (warning|error)/.test(ended.output) ? { ...ended, status: ended.status || 1 } : ended
  },
  spectral: () =>
    tool('@stoplight/spectral-cli', 'spectral', [
      ...['lint', document, '--ruleset', join(folder, 'spectral.yaml'), '--fail-severity', 'hint'],
    ]),
}

/** Returns the commands that README.md tells newcomers to paste into bash. */
const session = () =>
  [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```bash\r?\n([\s\S]*?)^```\r?$/gm)]
    .map(([, block]) => block)
    .join('\n')

const paste = async (lines: string) => {
  const bash = spawn('bash', ['--norc', '--noprofile'], { stdio: ['pipe', 'pipe', 'pipe'] })
  bash.stdin.end(lines)
  return ended(bash)
}

/** Runs the session through prism, which refuses whatever does not match the document. */
const throughProxy = async (service: Service): Promise<Ended> => {
  const served = join(made, 'served.json')
  writeFileSync(served, await (await fetch(`${service.url}/openapi.json`)).text())
  const port = await freePort()
  const proxy = startTool('@stoplight/prism-cli', 'prism', [
    ...['proxy', served, service.url, '--errors', '--port', `${port}`, '--host', '127.0.0.1'],
  ])
  let log = ''
  for (const stream of [proxy.stdout, proxy.stderr]) stream?.setEncoding('utf8').on('data', (text) => (log += text))
  try {
    const deadline = Date.now() + 60_000
    while (!log.includes('Prism is listening')) {
      if (Date.now() > deadline || proxy.exitCode !== null) return { status: 1, output: `prism did not start.\n${log}` }
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    // The mailbox of a local run is not part of the API, and is read without the proxy.
    const lines = session()
      .replace('API=http://localhost:8787', `API=http://127.0.0.1:${port}`)
      .replace('MAILBOX=$API/', `MAILBOX=${service.url}/`)
    const { output } = await paste(lines)
    const replies = output.split('\n').filter(Boolean)
    const violations = [...output.split('\n'), ...log.split('\n')].filter((line) =>
      /stoplight\.io\/prism|violation|✖/i.test(line),
    )
    // Register, verify, profile, forgot, reset, the refused token, log-out.
    const whole = replies.length === 7 && replies.at(-1)!.includes('logged out')
    if (violations.length === 0 && whole) return { status: 0, output }
    return {
      status: 1,
      output: [...violations, ...(whole ? [] : ['The session did not come to its end:', output])].join('\n'),
    }
  } finally {
    end(proxy)
  }
}

const prism = async (): Promise<Ended> => {
  const place = makePlace()
  try {
    const service = await startService(place, await freePort())
    try {
      return await throughProxy(service)
    } finally {
      await service.stop()
    }
  } finally {
    place.remove()
  }
}

const tools = { ...linters, ...generators, prism }

const install = async () => {
  const installed = join(folder, 'node_modules', '.package-lock.json')
  const current = () =>
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(folder, 'package-lock.json')).mtimeMs
  if (current()) return
  console.log('Installing the packages of openapi-tools/ with npm ci. This takes a minute or two.')
  // None of them needs to run scripts at installation.
  await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], 'openapi-tools')
  if (!current()) throw new Stop('npm ci failed in openapi-tools; its message is above.')
}

/** `npm run openapi-tools` */
export const openApiTools: Main = async (args) => {
  const { values, positionals } = readArguments('openapi-tools', args, {})
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const unknown = positionals.find((name) => !(name in tools))
  if (unknown) throw new Stop(`There is no tool ${unknown}. See npm run openapi-tools -- --help`)
  await install()
  writeDocument()
  const chosen = Object.entries(tools).filter(([name]) => positionals.length === 0 || positionals.includes(name))
  const red: string[] = []
  for (const [name, work] of chosen) {
    const since = Date.now()
    process.stdout.write(`${name} … `)
    const { status, output } = await work()
    console.log(`${status === 0 ? 'ok' : 'FINDINGS'} (${((Date.now() - since) / 1000).toFixed(1)} s)`)
    if (status === 0) continue
    console.log(`${output.trimEnd()}\n`)
    red.push(name)
  }
  console.log(red.length === 0 ? `${chosen.length} tools, no finding.` : `Findings of ${red.join(', ')}.`)
  return red.length === 0 ? 0 : 1
}

if (import.meta.main) await runCommand(openApiTools)
