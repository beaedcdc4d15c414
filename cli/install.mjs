// Installs what package-lock.json names, if it is missing. `node cli/install.mjs FILE …` then runs FILE. This file is
// plain JavaScript, because it runs on the computer's Node before anything is installed. FILE runs on that Node too, or
// on the one in cli/node/ if the computer's is too old. `--node` prints the path of the Node that would run FILE.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { plugAndPlay, unfit } from './computer.mjs'
import { oldestNode, projectNode } from './node.mjs'
import { npmCi } from './npm-ci.mjs'

const windows = process.platform === 'win32'
const root = fileURLToPath(new URL('..', import.meta.url))

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
}

/** @returns the exit code: 0 if everything is installed */
const install = async () => {
  const difference = firstDifference()
  if (!difference) return 0
  const why =
    difference === 'node_modules'
      ? 'nothing is installed yet'
      : `${difference} is missing or differs from package-lock.json`
  console.log(`Installing packages with npm ci: ${why}. This takes a minute or two.`)
  const status = await npmCi(root)
  if (status !== 0) return status
  const still = firstDifference()
  if (still) console.error(`npm ci succeeded, but ${still} is still missing or different.`)
  return still ? 1 : 0
}

/** Installs the pinned Node if this computer's own is too old. @returns the path of the one to use; undefined: none */
const prepareNode = async () => {
  const found = projectNode()
  if (!found) {
    console.error(
      `Gatehouse needs Node 22.18 or a later 22, or 24.2 or newer. This is Node ${process.versions.node}: ${process.execPath}`,
    )
    return
  }
  if (!found.missing) return found.path
  console.log(
    `Node ${process.versions.node} cannot run Gatehouse (22.18 or a later 22, or 24.2 or newer): installing a newer one in cli/node/ (40 MB).`,
  )
  if ((await npmCi(found.missing)) !== 0) return
  if (existsSync(found.path)) return found.path
  console.error(`npm ci succeeded, but ${found.path} is still missing.`)
}

/** Runs a script in place of this process: signals and the exit code pass through. */
const runScript = (node, file, args) => {
  const script = join(root, file)
  const child = spawn(node, [script, ...args], { cwd: root, stdio: 'inherit' })
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
    console.error(`${node} could not be started: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}

/** @returns why nothing can be installed here; undefined if it can */
const obstacle = () => {
  const mine = process.versions.node
  if (Number.parseInt(mine, 10) < oldestNode)
    return `Gatehouse needs Node ${oldestNode} or newer. This is Node ${mine}: ${process.execPath}`
  const pnp = plugAndPlay(root)
  if (pnp)
    return `${pnp} is yarn's Plug'n'Play, which redirects every import below its folder. Remove it: npm is used here.`
  return unfit()
}

const main = async ([script, ...args]) => {
  const why = obstacle()
  if (why) {
    console.error(why)
    process.exitCode = 1
    return
  }
  const node = await prepareNode()
  process.exitCode = node ? 0 : 1
  if (!node) return
  if (script === '--node') return console.log(node)
  process.exitCode = await install()
  // pnpm passes on the `--` that npm removes.
  if (process.exitCode === 0 && script) runScript(node, script, args[0] === '--' ? args.slice(1) : args)
}

await main(process.argv.slice(2))
