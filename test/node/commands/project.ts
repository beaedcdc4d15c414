import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Main } from '../../../cli/lib/command.ts'
import { root } from '../../../cli/lib/process.ts'
import { inside } from './inside.ts'

/**
 * Returns the project's wrangler.toml with addresses that are not examples, and with paths that work from another
 * folder.
 */
const filledIn = () =>
  readFileSync(join(root, 'wrangler.toml'), 'utf8')
    .replaceAll('auth.example.com', 'auth.gatehouse.test')
    .replaceAll('auth-staging.example.com', 'auth-staging.gatehouse.test')
    .replaceAll('no-reply@example.com', 'no-reply@gatehouse.test')
    .replace('"src/index.ts"', JSON.stringify(join(root, 'src', 'index.ts')))
    .replace('"./public"', JSON.stringify(join(root, 'public')))
    .replaceAll('"migrations"', JSON.stringify(join(root, 'migrations')))

/** Creates a wrangler.toml and files of secrets for one test, separate from the real ones. */
export const project = (edit: (toml: string) => string = (toml) => toml) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  const config = join(folder, 'wrangler.toml')
  writeFileSync(config, edit(filledIn()))
  return {
    folder,
    config,
    file: (name: string) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
    /** Runs a command on this project. */
    command: (main: Main, args: string[] = [], env: NodeJS.ProcessEnv = {}) =>
      inside(main, [...args, '--config', config], env),
  }
}
export type Project = ReturnType<typeof project>
