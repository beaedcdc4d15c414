// npm start: the service and this site together. npm test: types and build. This file runs on the computer's Node
// before anything is installed. It installs the service, whose packages include the Node 24 that Astro and wrangler
// need, and then this site's own packages.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectNode } from '../../cli/node.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const service = fileURLToPath(new URL('../..', import.meta.url))
const windows = process.platform === 'win32'
const node = () => projectNode().path
const astro = join(here, 'node_modules', 'astro', 'bin', 'astro.mjs')
const wrangler = join(here, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
const built = join(here, 'dist', 'server', 'wrangler.json')
const tsc = join(here, 'node_modules', 'typescript', 'bin', 'tsc')

const help = `
Runs this site and the service behind it on this computer.

  npm start [-- OPTIONS]

  --port PORT           of the site (4321)
  --service-port PORT   of the service (8787)
  --persist-to DIR      where the service keeps its data (.wrangler/state of the service)
  --env-file FILE       the service's secrets, in place of its .dev.vars
  --var NAME:VALUE      a setting of the service, for example REGISTRATION:closed; may be given several times
  --same-site           without the proxy: browsers call the service themselves, with cookies across origins
  --built               the site as it is deployed: what npm test built, with its content security policy
  --help

npm test checks the types and builds the site.
`

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
const isInstalled = () => {
  const installed = packagesOf(join(here, 'node_modules', '.package-lock.json'))
  const wanted = Object.entries(packagesOf(join(here, 'package-lock.json')))
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

const install = () => {
  const options = { stdio: 'inherit', env: { ...process.env, ...quiet } }
  orExit(spawnSync(process.execPath, [join(service, 'cli', 'install.mjs')], options), 'Installing the service')
  if (isInstalled()) return
  console.log('Installing the packages of the site with npm ci. This takes a minute.')
  const args = ['ci', '--include=dev', '--include=optional', '--ignore-scripts=false', '--no-audit', '--no-fund']
  const npm = process.env.npm_execpath ?? ''
  const there = { ...options, cwd: here }
  const ended = /npm-cli\.c?js$/.test(npm)
    ? spawnSync(process.execPath, [npm, ...args, '--loglevel=error'], there)
    : spawnSync('npm', [...args, '--loglevel=error'], { ...there, shell: windows })
  orExit(ended, 'npm ci')
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

/** Starts a part with the service's Node. `output` handles its output. `lasts`: when it ends, everything ends. */
const run = (args, { cwd, env = {} }, output, lasts = true) => {
  const stdio = output ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit']
  const child = spawn(node(), args, { cwd, env: { ...process.env, ...quiet, ...env }, stdio })
  for (const stream of output ? [child.stdout, child.stderr] : []) stream.setEncoding('utf8').on('data', output)
  if (lasts) child.on('exit', (code) => endAll(code ?? 0))
  children.push(child)
  return child
}

const readOptions = (args) => {
  const options = { port: 4321, servicePort: 8787, rest: [], envFiles: [], vars: [], sameSite: false, asBuilt: false }
  for (let i = 0; i < args.length; i++) {
    const [name, attached] = args[i].split(/=(.*)/s)
    const value = () => attached ?? args[++i]
    if (name === '--var') options.vars.push('--var', value())
    else if (name === '--port') options.port = Number(value())
    else if (name === '--service-port') options.servicePort = Number(value())
    else if (name === '--persist-to') options.rest.push(name, resolve(value()))
    else if (name === '--env-file') options.envFiles.push(resolve(value()))
    else if (name === '--same-site') options.sameSite = true
    else if (name === '--built') options.asBuilt = true
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

/** Runs the site from its sources or as built; both run in the Workers runtime. */
const siteArguments = (port, asBuilt, { PROXY_KEY: _, ...env }, keyFile) => {
  if (!asBuilt) return [astro, 'dev']
  const vars = Object.entries(env).flatMap(([name, value]) => ['--var', `${name}:${value}`])
  return [
    wrangler,
    'dev',
    '--config',
    built,
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    // Separate ports: several services starting at the same time would find the same one free.
    '--inspector-port',
    String(port + 500 <= 65535 ? port + 500 : port - 500),
    '--show-interactive-dev-session=false',
    '--env-file',
    keyFile,
    ...vars,
  ]
}

/** Returns a key from the files of secrets, which take precedence. */
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

/** Links lead to pages of the service unless a setting says that the site has them. */
const pages = {
  REJECT_REGISTRATION_URL: 'reject-registration',
  APPROVE_EMAIL_URL: 'approve-email-change',
  REVERT_EMAIL_URL: 'revert-email-change',
  END_FREEZE_URL: 'end-freeze',
  END_SESSIONS_URL: 'end-sessions',
  LOGIN_URL: 'log-in-by-mail',
  REMOVE_FACTOR_URL: 'remove-factor',
  UNDO_DELETION_URL: 'undo-deletion',
}

const start = async ({ port, servicePort, rest, envFiles, vars, sameSite, asBuilt }) => {
  const site = `http://localhost:${port}`
  const issuer = `http://localhost:${servicePort}`
  const secrets = envFiles.length > 0 ? envFiles : [join(service, '.dev.vars')]
  // Generated for each run and known only to these two processes, so nothing is stored or printed.
  const proxyKey = keyOf(secrets) ?? randomBytes(32).toString('base64url')
  const keyFile = writeKey(proxyKey)
  // Missing secrets are added to the last file.
  const files = [keyFile, ...secrets].flatMap((file) => ['--env-file', file])
  const links = Object.entries(pages).flatMap(([name, path]) => ['--var', `${name}:${site}/auth/${path}#token={token}`])
  const own = [...files, '--var', `FRONTEND_URL:${site}`, ...links]
  const on = ['--var', 'MAIL_LOGIN:on']
  const from = [join(service, 'cli', 'dev.ts'), '--port', String(servicePort), ...rest, ...on, ...vars, ...own]
  // Of the service's own greeting only the way to its first admin is shown, because the rest names only the service.
  let greeting = false
  run(from, { cwd: service }, (text) => {
    for (const line of text.replaceAll(proxyKey, '(hidden)').split(/(?<=\n)/)) {
      if (/^ {2}Gatehouse is running/.test(line)) greeting = true
      if (!greeting || /^ {2}(Console|Admin| {7} makes you) /.test(line)) process.stdout.write(line)
      if (line.trim() === '') greeting = false
    }
  })
  if (!(await answering(`http://127.0.0.1:${servicePort}/health`))) return
  const env = {
    PROXY_KEY: proxyKey,
    GATEHOUSE_URL: `http://127.0.0.1:${servicePort}`,
    GATEHOUSE_ISSUER: issuer,
    PUBLIC_API_URL: sameSite ? issuer : '',
  }
  const args = siteArguments(port, asBuilt, env, keyFile)
  const siteEnv = { ...env, PORT: String(port), CLOUDFLARE_INCLUDE_PROCESS_ENV: 'true' }
  const hidden = (text) => process.stdout.write(text.replaceAll(proxyKey, '(hidden)'))
  run(args, { cwd: here, env: siteEnv }, asBuilt && hidden)
  if (await answering(site)) console.log(addresses({ port, servicePort, rest }))
}

const main = async ([first, ...others]) => {
  const options = first === '--test' ? undefined : readOptions([first, ...others].filter(Boolean))
  install()
  if (options?.asBuilt && !existsSync(built)) {
    console.error('The site is not built: npm test does that.')
    process.exit(1)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => endAll(0))
  // A shell stands between npm and this process. npm sends signals to the shell, which dies without passing them on.
  const parent = process.ppid
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== parent && endAll(0), 500).unref()
  if (options) return start(options)
  for (const args of [
    [astro, 'check'],
    [tsc, '--noEmit'],
    [astro, 'build'],
  ]) {
    const env = { ...process.env, ...quiet, PROXY_KEY: '' }
    orExit(spawnSync(node(), args, { cwd: here, env, stdio: 'inherit' }), args.slice(0, 2).join(' '))
  }
}

await main(process.argv.slice(2))
