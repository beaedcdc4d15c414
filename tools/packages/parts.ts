import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, root } from '../../cli/lib/process.ts'
import { npm } from './npm.ts'

/** Folders with their own package.json, so that the project's own install stays small. */

/** Whether the installed packages are as new as the lock file. npm writes `.package-lock.json` last. */
const isInstalled = (folder: string) => {
  const installed = join(root, folder, 'node_modules', '.package-lock.json')
  return (
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, folder, 'package-lock.json')).mtimeMs
  )
}

export const inOrder = async (steps: (() => Promise<Ended>)[]): Promise<Ended> => {
  let output = ''
  for (const step of steps) {
    const ended = await step()
    output += ended.output
    if (ended.status !== 0) return { ...ended, output }
  }
  return { status: 0, output }
}

/** Installs the packages of these folders, if they are missing. */
export const installParts = (folders: string[], ...options: string[]): Promise<Ended> =>
  inOrder(
    folders
      .filter((folder) => !isInstalled(folder))
      .map((folder) => async () => {
        const output = await npm(['ci', '--no-audit', '--no-fund', ...options], folder)
        return isInstalled(folder) ? { status: 0, output } : { status: 1, output: `npm ci failed in ${folder}.` }
      }),
  )
