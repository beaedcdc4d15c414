import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from './npm.ts'
import { type Ended, root, run, runNode } from './process.ts'

/** Folders with a package.json of their own that the tests in a browser need. */
const folders = ['e2e', 'examples/astro']

/** Whether what is installed there is as old as the lock file wants it. npm writes `.package-lock.json` after everything else. */
const isInstalled = (folder: string) => {
  const installed = join(root, folder, 'node_modules', '.package-lock.json')
  return (
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, folder, 'package-lock.json')).mtimeMs
  )
}

const inOrder = async (steps: (() => Promise<Ended>)[]): Promise<Ended> => {
  let output = ''
  for (const step of steps) {
    const ended = await step()
    output += ended.output
    if (ended.status !== 0) return { ...ended, output }
  }
  return { status: 0, output }
}

const astro = join(root, 'examples', 'astro')
const packageOf = (...path: string[]) => join(astro, 'node_modules', ...path)
const quiet = { ASTRO_TELEMETRY_DISABLED: '1', ASTRO_DISABLE_UPDATE_CHECK: 'true' }
const inAstro = (file: string, ...args: string[]) => runNode([file, ...args], { env: quiet })

/** Installs what the browser tests need and is not there. */
export const installBrowserTests = (): Promise<Ended> =>
  inOrder(
    folders
      .filter((folder) => !isInstalled(folder))
      .map((folder) => async () => {
        const output = await npm(['ci', '--no-audit', '--no-fund'], folder)
        return isInstalled(folder) ? { status: 0, output } : { status: 1, output: `npm ci failed in ${folder}.` }
      }),
  )

/** Checks the types of the example site, and of the tests in a browser. */
export const checkBrowserTypes = (): Promise<Ended> =>
  inOrder([
    () => run('tsc', ['-p', 'e2e']),
    () => inAstro(packageOf('astro', 'bin', 'astro.mjs'), 'check', '--root', astro),
    () => runNode([packageOf('typescript', 'bin', 'tsc'), '--noEmit', '-p', astro]),
  ])

/** Builds what two tests that start at the same time would both build: the service's documents, and the example site. */
export const buildForBrowser = (): Promise<Ended> =>
  inOrder([
    () => runNode([join(root, 'scripts', 'build.ts')]),
    () => inAstro(packageOf('astro', 'bin', 'astro.mjs'), 'build', '--root', astro),
  ])

/** @param words of which the name of a file must contain one; none: all files */
export const browserTestFiles = (words: string[] = []) =>
  globSync('e2e/*.test.ts', { cwd: root }).filter(
    (file) => words.length === 0 || words.some((word) => file.includes(word)),
  )

/** Files that run beside each other. */
export const browserTestsAtOnce = 2
