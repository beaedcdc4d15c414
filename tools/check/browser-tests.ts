import { globSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, root, run, runNode } from '../../cli/lib/process.ts'
import { inOrder, installParts } from '../packages/parts.ts'

/** Folders with their own package.json that the browser tests need. */
const folders = ['e2e', 'examples/astro', 'examples/spa']

const astro = join(root, 'examples', 'astro')
const packageOf = (...path: string[]) => join(astro, 'node_modules', ...path)
const quiet = { ASTRO_TELEMETRY_DISABLED: '1', ASTRO_DISABLE_UPDATE_CHECK: 'true' }
const inAstro = (file: string, ...args: string[]) => runNode([file, ...args], { env: quiet })

/** Installs the packages of the browser tests, if they are missing. */
export const installBrowserTests = (): Promise<Ended> => installParts(folders)

/** Checks the types of the examples and of the browser tests. */
export const checkBrowserTypes = (): Promise<Ended> =>
  inOrder([
    () => run('tsc', ['-p', 'e2e']),
    () => run('tsc', ['-p', 'examples/spa']),
    () => inAstro(packageOf('astro', 'bin', 'astro.mjs'), 'check', '--root', astro),
    () => runNode([packageOf('typescript', 'bin', 'tsc'), '--noEmit', '-p', astro]),
  ])

/**
 * Builds the service's documents and the example site, which two tests starting at the same time would otherwise both
 * build. The single-page app is built by its own test, because it contains the address of the service.
 */
export const buildForBrowser = (): Promise<Ended> =>
  inOrder([
    () => runNode([join(root, 'tools', 'generate', 'build.ts')]),
    () => inAstro(packageOf('astro', 'bin', 'astro.mjs'), 'build', '--root', astro),
  ])

/** @param words the name of a file must contain one of these; without any, all files */
export const browserTestFiles = (words: string[] = []) =>
  globSync('e2e/*.test.ts', { cwd: root }).filter(
    (file) => words.length === 0 || words.some((word) => file.includes(word)),
  )

/** How many files run in parallel. */
export const browserTestsAtOnce = 2
