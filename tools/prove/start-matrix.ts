import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Main, readArguments, runCommand } from '../../cli/lib/command.ts'
import { Stop } from '../../cli/lib/database.ts'
import { ended, root, track } from '../../cli/lib/process.ts'

const help = `
Tries the start of a fresh clone on the machines that people have: versions of Node and npm, settings of npm, a path with
spaces, another user. Each row copies the project without ignored files, runs npm start, and waits for /health. It
downloads Node and npm as packages, takes about a minute a row, and changes nothing but a temporary folder.

  npm run start-matrix [-- OPTIONS]

  --only WORDS       rows whose name has these words
  --list             the names of the rows
  --help
`

/** What names the registry and the certificates and proxies on the way to it. */
const network = new Set([
  ...['npm_config_registry', 'npm_config_cafile', 'npm_config_proxy', 'npm_config_https_proxy', 'npm_config_noproxy'],
  'NODE_EXTRA_CA_CERTS',
])

/** Milliseconds for an install and a start, also on a slow connection. */
const withinMs = 300_000

type Row = {
  name: string
  node: string
  npm: string
  env?: Record<string, string>
  folder?: string
  /** Arguments after `npm start --`. */
  args?: string[]
  otherUser?: boolean
  /** What it says instead of starting. */
  refuses?: RegExp
}

const newest = { node: '26', npm: '12' }

const versions: Row[] = [
  ...['20', '22', '24', '26'].flatMap((node) =>
    // npm 12 needs Node 22.
    ['10', '11', '12'].filter((npm) => node !== '20' || npm === '10').map((npm) => ({ node, npm })),
  ),
].map(({ node, npm }) => ({ name: `Node ${node}, npm ${npm}`, node, npm }))

/** Settings with which npm leaves out, moves or refuses packages unless they are overridden. */
const settings: Record<string, Record<string, string>> = {
  'legacy-peer-deps': { npm_config_legacy_peer_deps: 'true' },
  'strict-peer-deps': { npm_config_strict_peer_deps: 'true' },
  'engine-strict': { npm_config_engine_strict: 'true' },
  'install-strategy=linked': { npm_config_install_strategy: 'linked' },
  'install-strategy=nested': { npm_config_install_strategy: 'nested' },
  'ignore-scripts': { npm_config_ignore_scripts: 'true' },
  'omit=dev omit=optional': { npm_config_omit: 'dev optional' },
  production: { NODE_ENV: 'production', npm_config_production: 'true' },
  'package-lock=false': { npm_config_package_lock: 'false' },
  'install-links': { npm_config_install_links: 'true' },
  'dry-run': { npm_config_dry_run: 'true' },
  'CI, no colour, another zone': { CI: 'true', NO_COLOR: '1', LANG: 'C', TZ: 'Pacific/Auckland' },
}

const rows: Row[] = [
  ...versions,
  ...Object.entries(settings).map(([name, env]) => ({ name: `setting ${name}`, ...newest, env })),
  { name: 'setting engine-strict, Node 20', node: '20', npm: '10', env: settings['engine-strict']! },
  {
    name: 'setting offline',
    ...newest,
    env: { npm_config_offline: 'true' },
    refuses: /npm is told to be offline/,
  },
  {
    name: 'setting before',
    ...newest,
    env: { npm_config_before: '2020-01-01' },
    refuses: /npm hides new packages/,
  },
  {
    name: 'no registry',
    ...newest,
    env: { npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' },
    refuses: /The npm registry cannot be reached/,
  },
  { name: 'path with spaces', ...newest, folder: 'Ärger mit Leerzeichen & (1) 日本/gate house' },
  { name: 'a first -- is left out', ...newest, args: ['--'] },
  { name: 'another user', ...newest, otherUser: true },
]

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

const finished = async (child: ChildProcess) => ended(track(child), withinMs)

/** The package that has a Node for this platform. */
const nodePackage = () => `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`

const installed = new Map<string, Promise<string>>()

/** Installs packages into a folder, once for all rows. @throws {Stop} */
const install = (folder: string, ...packages: string[]): Promise<string> => {
  const target = join(folder, packages.join(' ').replaceAll(/\W/g, '-'))
  const known = installed.get(target)
  if (known) return known
  const work = (async () => {
    mkdirSync(target, { recursive: true })
    const args = [
      'install',
      '--prefix',
      target,
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      '--no-save',
      ...packages,
    ]
    const npm = process.env.npm_execpath
    const options: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'], cwd: target }
    const { status, output } = await finished(
      npm
        ? spawn(process.execPath, [npm, ...args], options)
        : spawn('npm', args, { ...options, shell: process.platform === 'win32' }),
    )
    if (status !== 0) throw new Stop(`${packages.join(' ')} could not be installed: ${output.trim()}`)
    return join(target, 'node_modules')
  })()
  installed.set(target, work)
  return work
}

/** Copies the files that git tracks or would add, as they are in the folder. */
const copyProject = async (target: string) => {
  const child = spawn('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { status, output } = await finished(child)
  if (status !== 0) throw new Stop(`git ls-files failed: ${output}`)
  for (const name of output.split('\0').filter(Boolean)) {
    if (!existsSync(join(root, name))) continue
    mkdirSync(dirname(join(target, name)), { recursive: true })
    cpSync(join(root, name), join(target, name))
  }
}

/** `nobody`, who exists everywhere. */
const stranger = 65_534

const giveAway = (folder: string): void => {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    chownSync(join(entry.parentPath, entry.name), stranger, stranger)
  chownSync(folder, stranger, stranger)
}

/** @returns what went wrong; undefined if nothing did */
const attempt = async (row: Row, tools: string): Promise<string | undefined> => {
  const nodes = await install(tools, `${nodePackage()}@${row.node}`)
  const npms = await install(tools, `npm@${row.npm}`)
  const node = join(nodes, nodePackage(), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  const own = mkdtempSync(join(tmpdir(), 'gatehouse-start-'))
  chmodSync(own, 0o755)
  const project = join(own, row.folder ?? 'gatehouse')
  const home = join(own, 'home')
  const port = await freePort()
  try {
    mkdirSync(home)
    await copyProject(project)
    if (row.otherUser) giveAway(own)
    const { HOME: _, USERPROFILE: __, ...inherited } = process.env
    // The settings by which this machine reaches the registry stay; its other settings of npm would spoil the row.
    const ours = Object.fromEntries(
      Object.entries(inherited).filter(([name]) => !/^npm_|^NODE_/.test(name) || network.has(name)),
    )
    const child = spawn(
      node,
      [join(npms, 'npm', 'bin', 'npm-cli.js'), 'start', '--', ...(row.args ?? []), '--port', String(port)],
      {
        cwd: project,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: process.platform !== 'win32',
        env: {
          ...ours,
          HOME: home,
          USERPROFILE: home,
          PATH: `${dirname(node)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`,
          ...row.env,
        } as unknown as NodeJS.ProcessEnv,
        ...(row.otherUser && { uid: stranger, gid: stranger }),
      },
    )
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    const exited = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
    const healthy = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)
      return response?.status === 200
    }
    const until = Date.now() + withinMs
    let code: number | undefined
    exited.then((status) => {
      code = status
    })
    let answers = false
    while (code === undefined && Date.now() < until && !answers) {
      await sleep(500)
      answers = await healthy()
    }
    if (code === undefined) {
      process.kill(process.platform === 'win32' ? child.pid! : -child.pid!, 'SIGINT')
      await Promise.race([exited, sleep(20_000)])
    }
    const last = () => output.trim().split('\n').slice(-6).join('\n    ')
    if (row.refuses)
      return !answers && row.refuses.test(output) ? undefined : `does not say ${row.refuses}:\n    ${last()}`
    if (!answers) return `${code === undefined ? 'no answer in time' : `ended with ${code}`}:\n    ${last()}`
    if (await healthy()) return 'goes on after Ctrl-C'
  } finally {
    rmSync(own, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 })
  }
}

/** `npm run start-matrix` */
const startMatrix: Main = async (args) => {
  const { values } = readArguments('start-matrix', args, {
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const chosen = rows.filter(({ name }) => name.includes(values.only ?? ''))
  if (chosen.length === 0) throw new Stop(`No row is named ${values.only}: see --list.`)
  if (values.list) {
    for (const { name } of chosen) console.log(name)
    return 0
  }
  const tools = mkdtempSync(join(tmpdir(), 'gatehouse-tools-'))
  chmodSync(tools, 0o755)
  let failed = 0
  try {
    for (const [index, row] of chosen.entries()) {
      // Only root can become somebody else.
      if (row.otherUser && process.getuid?.() !== 0) {
        console.log(`left    ${row.name}: needs root`)
        continue
      }
      const began = Date.now()
      const wrong = await attempt(row, tools)
      if (wrong) failed++
      const seconds = Math.round((Date.now() - began) / 1000)
      console.log(`${wrong ? 'FAILED' : 'ok    '}  ${row.name} (${index + 1} of ${chosen.length}, ${seconds} s)`)
      if (wrong) console.log(`    ${wrong}`)
    }
  } finally {
    rmSync(tools, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
  return failed > 0 ? 1 : 0
}

if (import.meta.main) await runCommand(startMatrix)
