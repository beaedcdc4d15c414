// Runs `npm ci` for the commands that run before anything is installed, hence plain JavaScript.
import { spawn } from 'node:child_process'

const windows = process.platform === 'win32'

/** Options that override settings which would leave out packages or their scripts, or install them elsewhere. */
const whole = [
  '--include=dev',
  '--include=optional',
  '--include=peer',
  '--ignore-scripts=false',
  '--global=false',
  '--dry-run=false',
  '--legacy-peer-deps=false',
  '--strict-peer-deps=false',
  '--engine-strict=false',
  '--install-strategy=hoisted',
  '--package-lock=true',
  '--package-lock-only=false',
  '--workspaces=false',
  '--prefix=.',
]
const quiet = ['--loglevel=error', '--no-audit', '--no-fund', '--no-update-notifier', '--no-progress']

/**
 * What npm's messages mean, and which setting is behind them.
 * @type {[RegExp, string][]}
 */
const meanings = [
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET_TIMEOUT|network/i,
    'The npm registry cannot be reached. Check the connection, and `npm config get registry`, `proxy` and `https-proxy`.',
  ],
  [
    /ETARGET|with a date before/,
    'npm does not find a version that package-lock.json names. If `npm config get min-release-age` or `npm config get before` is set, npm hides new packages: run this once with npm_config_min_release_age=0 and npm_config_before= in the environment.',
  ],
  [/ENOTCACHED|only-if-cached/, 'npm is told to be offline (`npm config get offline`), and its cache lacks a package.'],
  [
    /EINTEGRITY/,
    'A package is not the one that package-lock.json names. Do not go on: the registry or a proxy changed it.',
  ],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_(VERIFY|GET)|CERT_/,
    'The registry’s certificate is not trusted. Behind a proxy that inspects TLS, set `npm config set cafile`.',
  ],
  [/\bE40[13]\b/, 'The npm registry refuses this computer: see `npm config get registry`, and log in to it.'],
  [/EACCES|EPERM/, 'npm may not write here, or something has a file of node_modules open.'],
  [/ENOSPC/, 'The disk is full.'],
  [/EUSAGE/, 'package.json and package-lock.json do not belong together: take both from the same commit.'],
]

/** Returns a sentence that says what to do, if npm's output shows what went wrong. */
export const meaning = (output) => meanings.find(([form]) => form.test(output))?.[1]

/** Returns the environment without variables of another package manager or of a production machine. */
const environment = () => {
  const { NODE_ENV: _, npm_config_user_agent: __, npm_execpath: ___, ...env } = process.env
  return env
}

/** Shows that the installation is still running: every second on a terminal, every half minute elsewhere. */
const clock = () => {
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1000)
  const { isTTY } = process.stderr
  const timer = setInterval(
    () => process.stderr.write(isTTY ? `\r${seconds()} s` : `Still installing, after ${seconds()} s.\n`),
    isTTY ? 1000 : 30_000,
  )
  return () => {
    clearInterval(timer)
    if (isTTY) process.stderr.write('\r\x1b[K')
  }
}

/** @returns the exit code. If it is not 0, the reason has been printed. */
export const npmCi = (folder) =>
  new Promise((resolve) => {
    const args = ['ci', ...whole, ...quiet]
    const options = { cwd: folder, env: environment(), stdio: ['inherit', 'inherit', 'pipe'] }
    const { npm_execpath: npm = '' } = process.env
    const child = /npm-cli\.c?js$/.test(npm)
      ? spawn(process.execPath, [npm, ...args], options)
      : // On Windows `npm` is a .cmd file, which only a shell can run.
        windows
        ? spawn(`npm ${args.join(' ')}`, { ...options, shell: true })
        : spawn('npm', args, options)
    const stop = clock()
    let output = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    const ended = (status, why) => {
      stop()
      process.stderr.write(output)
      if (why) console.error(why)
      resolve(status)
    }
    child.on('error', (error) => ended(1, `npm could not be started: ${error.message}`))
    child.on('close', (code) => {
      const status = code ?? 1
      ended(status, status === 0 ? undefined : `npm ci failed; its message is above. ${meaning(output) ?? ''}`.trim())
    })
  })
