// What the start.mjs of each example shares: it starts the service and an example together. This file runs on the
// computer's Node before anything is installed. It installs the service, whose packages include the Node 24 that the
// examples need, and then the packages of the example.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectNode } from '../cli/node.mjs'

/** The name of the examples, on the pages of the service and in its mails. */
const names = ['APP_NAME', 'MAIL_FROM_NAME'].flatMap((name) => ['--var', `${name}:Meadow`])

const service = fileURLToPath(new URL('..', import.meta.url))
const windows = process.platform === 'win32'

/** No telemetry, and no downloads at start. */
const quiet = {
  ASTRO_TELEMETRY_DISABLED: '1',
  ASTRO_DISABLE_UPDATE_CHECK: 'true',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  npm_config_update_notifier: 'false',
}

const packagesOf = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {})

/** Whether node_modules matches package-lock.json. npm records there what it installed. */
const isInstalled = (folder) => {
  const installed = packagesOf(join(folder, 'node_modules', '.package-lock.json'))
  const wanted = Object.entries(packagesOf(join(folder, 'package-lock.json')))
  return wanted.every(([path, { version, optional }]) => {
    if (!path.startsWith('node_modules/')) return true
    return installed[path] ? installed[path].version === version : optional
  })
}

const orExit = ({ status, error }, what) => {
  if (status === 0) return
  console.error(`${what} failed${error ? `: ${error.message}` : '; its message is above.'}`)
  process.exit(status || 1)
}

/** Installs the service, and then the example in this folder. Ends the process if that fails. */
export const install = (folder) => {
  const options = { stdio: 'inherit', env: { ...process.env, ...quiet } }
  orExit(spawnSync(process.execPath, [join(service, 'cli', 'install.mjs')], options), 'Installing the service')
  if (isInstalled(folder)) return
  console.log('Installing the packages of the site with npm ci. This takes a minute.')
  const args = ['ci', '--include=dev', '--include=optional', '--ignore-scripts=false', '--no-audit', '--no-fund']
  const npm = process.env.npm_execpath ?? ''
  const there = { ...options, cwd: folder }
  const ended = /npm-cli\.c?js$/.test(npm)
    ? spawnSync(process.execPath, [npm, ...args, '--loglevel=error'], there)
    : spawnSync('npm', [...args, '--loglevel=error'], { ...there, shell: windows })
  orExit(ended, 'npm ci')
}

/** Runs tools of the example one after the other. Ends the process if one fails. */
export const runAll = (folder, tools, env = {}) => {
  for (const [tool, ...args] of tools) {
    const options = { cwd: folder, env: { ...process.env, ...quiet, ...env }, stdio: 'inherit' }
    orExit(spawnSync(projectNode().path, [tool, ...args], options), [tool, ...args].slice(0, 2).join(' '))
  }
}

const children = []

/** Stops everything as soon as one part has ended, or when this process is asked to stop. */
const endAll = (code) => {
  process.exitCode ??= code
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    if (windows) spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' })
    else child.kill('SIGTERM')
  }
}

/** Lets a signal, or the end of the npm that started this process, end everything. */
const endTogether = () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => endAll(0))
  // A shell stands between npm and this process. npm sends signals to the shell, which dies without passing them on.
  const parent = process.ppid
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== parent && endAll(0), 500).unref()
}

/** Starts a part with the service's Node. `output` handles its output. When the part ends, everything ends. */
const run = (args, { cwd, env = {} }, output) => {
  const stdio = output ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit']
  const child = spawn(projectNode().path, args, { cwd, env: { ...process.env, ...quiet, ...env }, stdio })
  for (const stream of output ? [child.stdout, child.stderr] : []) stream.setEncoding('utf8').on('data', output)
  child.on('exit', (code) => endAll(code ?? 0))
  children.push(child)
}

/**
 * Reads the options that the examples share. Ends the process after `--help` and after an unknown option.
 * @param flags the names of further options of this example, which take no value
 * @returns `flags` has each flag that was given
 */
export const readOptions = (args, { port, help, flags }) => {
  const options = { port, servicePort: 8787, rest: [], envFiles: [], vars: [], flags: new Set() }
  for (let i = 0; i < args.length; i++) {
    const [name, attached] = args[i].split(/=(.*)/s)
    const value = () => attached ?? args[++i]
    if (name === '--var') options.vars.push('--var', value())
    else if (name === '--port') options.port = Number(value())
    else if (name === '--service-port') options.servicePort = Number(value())
    else if (name === '--persist-to') options.rest.push(name, resolve(value()))
    else if (name === '--env-file') options.envFiles.push(resolve(value()))
    else if (flags.includes(name)) options.flags.add(name)
    else {
      const asked = name === '--help' || name === '-h'
      if (!asked) console.error(`There is no option ${name}.\n`)
      console.log(help.trim())
      process.exit(asked ? 0 : 1)
    }
  }
  return options
}

const answering = async (url) => {
  while (process.exitCode === undefined) {
    const response = await fetch(url, { signal: AbortSignal.timeout(20_000) }).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.ok) return true
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return false
}

/** Returns the option with the data folder, for another command. */
const persisted = (rest) => (rest.includes('--persist-to') ? rest.slice(rest.indexOf('--persist-to')).slice(0, 2) : [])

const addresses = ({ port, servicePort, rest }) => `
  Site       http://localhost:${port}
  Service    http://127.0.0.1:${servicePort}
  Mails      http://127.0.0.1:${servicePort}/cdn-cgi/local/explorer/email/sending
             It shows all mails of the service; none leaves this computer.
  Admin      register and confirm an address; then, in the folder of the service,
             ${['npm run admin -- you@example.com', ...persisted(rest)].join(' ')}
             and log in (again)

  Ctrl-C ends both.
`

/** Returns PROXY_KEY from the last file of secrets that has it. Such a key takes precedence over a new one. */
const keyOf = (files) =>
  files
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').split(/\r?\n/))
    .map((line) => /^\s*PROXY_KEY\s*=\s*(["']?)(.+?)\1\s*$/.exec(line)?.[2])
    .findLast(Boolean)

/** Writes the key to a file that only its owner can read: command lines are visible to everybody on the computer. */
const writeKey = (key) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  const file = join(folder, 'proxy-key')
  writeFileSync(file, `PROXY_KEY='${key}'\n`, { mode: 0o600, flag: 'wx' })
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  return file
}

/**
 * Starts the service, and the site once the service answers. Prints the addresses once both answer.
 * @param options what {@link readOptions} returned
 * @param settings the settings of the service by their names
 * @param site a function that gets the key that proves the site to the service, and the file that contains this key. It
 *   returns how to start the site: `args` for Node, its `env` and `cwd`, and `hides` if its output may contain the key
 */
export const startBoth = async ({ port, servicePort, rest, envFiles, vars }, settings, site) => {
  endTogether()
  const secrets = envFiles.length > 0 ? envFiles : [join(service, '.dev.vars')]
  // Unless a file has the key, it is generated for each run. A temporary file contains it, and it is never printed.
  const proxyKey = keyOf(secrets) ?? randomBytes(32).toString('base64url')
  const keyFile = writeKey(proxyKey)
  // Missing secrets are added to the last file.
  const files = [keyFile, ...secrets].flatMap((file) => ['--env-file', file])
  const own = Object.entries(settings).flatMap(([name, value]) => ['--var', `${name}:${value}`])
  const hidden = (text) => text.replaceAll(proxyKey, '(hidden)')
  // Of the service's own greeting only the way to its first admin is shown, because the rest names only the service.
  let greeting = false
  run(
    [join(service, 'cli', 'dev.ts'), '--port', String(servicePort), ...rest, ...names, ...vars, ...files, ...own],
    { cwd: service },
    (text) => {
      for (const line of hidden(text).split(/(?<=\n)/)) {
        if (/^ {2}Gatehouse is running/.test(line)) greeting = true
        if (!greeting || /^ {2}(Console|Admin| {7} makes you) /.test(line)) process.stdout.write(line)
        if (line.trim() === '') greeting = false
      }
    },
  )
  if (!(await answering(`http://127.0.0.1:${servicePort}/health`))) return
  const { args, hides, ...where } = site({ proxyKey, keyFile })
  run(args, where, hides && ((text) => process.stdout.write(hidden(text))))
  if (await answering(`http://localhost:${port}`)) console.log(addresses({ port, servicePort, rest }))
}
