// Installs what package-lock.json names, if it is missing. `node cli/install.mjs FILE …` then runs FILE. This file is
// plain JavaScript, because it runs on the computer's Node before anything is installed. FILE runs on the Node 24 that
// is installed here.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const oldestNode = 20
const windows = process.platform === 'win32'
const root = fileURLToPath(new URL('..', import.meta.url))
const installedNode = join('node_modules', 'node', 'bin', windows ? 'node.exe' : 'node')

const packagesOf = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages

/** Whether an `os` or `cpu` list of package.json admits this computer; `!x` in such a list means anything but x. */
const admits = (list, mine) =>
  list.includes(mine) || (!list.includes(`!${mine}`) && list.every((x) => x.startsWith('!')))

/**
 * Returns the first package that is missing from node_modules or has another version than in package-lock.json. npm
 * records what it installed in `.package-lock.json`.
 */
const firstDifference = () => {
  if (!existsSync(join(root, 'node_modules', '.package-lock.json'))) return 'node_modules'
  const wanted = packagesOf('package-lock.json')
  const installed = packagesOf('node_modules/.package-lock.json')
  for (const [path, { version, integrity, optional }] of Object.entries(wanted)) {
    const found = installed[path]
    if (path === '' || (!found && optional)) continue
    if (found?.version !== version || (integrity && found.integrity !== integrity)) return path
  }
  // npm installs only packages that fit the computer. Any other package came with a folder from another computer.
  for (const [path, { os = [process.platform], cpu = [process.arch] }] of Object.entries(installed))
    if (!admits(os, process.platform) || !admits(cpu, process.arch)) return path
  return existsSync(join(root, installedNode)) ? undefined : installedNode
}

/** Runs `npm ci`, overriding any setting of npm or the environment that would leave out packages or their scripts. */
const npmCi = () => {
  const whole = ['--include=dev', '--include=optional', '--ignore-scripts=false', '--global=false', '--dry-run=false']
  const quiet = ['--loglevel=error', '--no-audit', '--no-fund', '--no-update-notifier']
  const args = ['ci', ...whole, ...quiet]
  const { NODE_ENV: _, npm_execpath: npm = '', ...env } = process.env
  const options = { cwd: root, env, stdio: 'inherit' }
  if (/npm-cli\.c?js$/.test(npm)) return spawnSync(process.execPath, [npm, ...args], options)
  // On Windows `npm` is a .cmd file, which only a shell can run.
  return windows ? spawnSync(`npm ${args.join(' ')}`, { ...options, shell: true }) : spawnSync('npm', args, options)
}

/** @returns the exit code: 0 if everything is installed */
const install = () => {
  const difference = firstDifference()
  if (!difference) return 0
  const why =
    difference === 'node_modules' ? 'nothing is installed yet' : `${difference} is not as package-lock.json says`
  console.log(`Installing packages with npm ci: ${why}. This takes a minute or two.`)
  const { status, error } = npmCi()
  if (error || status !== 0) {
    console.error(error ? `npm could not be started: ${error.message}` : 'npm ci failed; its message is above.')
    return status || 1
  }
  const still = firstDifference()
  if (still) console.error(`npm ci succeeded, but ${still} is still missing or different.`)
  return still ? 1 : 0
}

/** Runs a script in place of this process: signals and the exit code pass through. */
const runScript = (file, args) => {
  const script = join(root, file)
  const child = spawn(join(root, installedNode), [script, ...args], { cwd: root, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      // Windows has only Ctrl-C, which the child has already received; any signal sent to the child would kill it at
      // once.
      if (!windows) child.kill(signal)
    })
  // There is a shell between npm and this process. npm sends signals to the shell, which dies without passing them on.
  const parent = process.ppid
  const orphaned = () => process.ppid !== parent && child.kill()
  if (process.env.npm_lifecycle_event) setInterval(orphaned, 500).unref()
  child.on('error', (error) => {
    console.error(`${installedNode} could not be started: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}

const main = ([script, ...args]) => {
  const mine = process.versions.node
  if (Number.parseInt(mine, 10) < oldestNode) {
    console.error(`Gatehouse needs Node ${oldestNode} or newer. This is Node ${mine}: ${process.execPath}`)
    process.exitCode = 1
    return
  }
  process.exitCode = install()
  if (process.exitCode === 0 && script) runScript(script, args)
}

main(process.argv.slice(2))
