// Installs what the project and this folder need, if it is missing, and runs NAME.ts on the project's Node. This file
// is plain JavaScript, because it runs on the machine's Node before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectNode } from '../cli/node.mjs'

const windows = process.platform === 'win32'
const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '..')

/** @returns the exit code */
const run = (command, args, options) => {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options })
  if (error) console.error(error.message)
  return status ?? 1
}

const packagesOf = (file) => JSON.parse(readFileSync(join(here, file), 'utf8')).packages

/** Whether node_modules of this folder matches package-lock.json. */
const installed = () => {
  if (!existsSync(join(here, 'node_modules', '.package-lock.json'))) return false
  const found = packagesOf('node_modules/.package-lock.json')
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, { version, optional }]) => path === '' || found[path]?.version === version || (optional && !found[path]),
  )
}

const install = () => {
  if (installed()) return 0
  console.log('Installing the packages of bench/ with npm ci.')
  const args = ['ci', '--loglevel=error', '--no-audit', '--no-fund', '--no-update-notifier']
  const { npm_execpath: npm = '' } = process.env
  if (/npm-cli\.c?js$/.test(npm)) return run(process.execPath, [npm, ...args], { cwd: here })
  // On Windows `npm` is a .cmd file, which only a shell can run.
  return windows ? run(`npm ${args.join(' ')}`, [], { cwd: here, shell: true }) : run('npm', args, { cwd: here })
}

/** Runs the script. Signals and the exit code pass through. */
const runScript = (name, args) => {
  const child = spawn(projectNode().path, [join(here, `${name}.ts`), ...args], { cwd: root, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => windows || child.kill(signal))
  // There is a shell between npm and this process. npm sends signals to the shell, which dies without passing them on.
  const parent = process.ppid
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== parent && child.kill(), 500).unref()
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}

const [name, ...args] = process.argv.slice(2)
process.exitCode = run(process.execPath, [join(root, 'cli', 'install.mjs')]) || install()
if (process.exitCode === 0) runScript(name, args)
