import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, root } from '../../cli/lib/process.ts'
import { npm } from './npm.ts'

/** Folders with a package.json of their own, so that the project's own install stays light. */

/** Whether what is installed there is as old as the lock file wants it. npm writes `.package-lock.json` after everything else. */
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

/** Installs what these folders need and is not there. */
export const installParts = (folders: string[], ...options: string[]): Promise<Ended> =>
  inOrder(
    folders
      .filter((folder) => !isInstalled(folder))
      .map((folder) => async () => {
        const output = await npm(['ci', '--no-audit', '--no-fund', ...options], folder)
        return isInstalled(folder) ? { status: 0, output } : { status: 1, output: `npm ci failed in ${folder}.` }
      }),
  )
