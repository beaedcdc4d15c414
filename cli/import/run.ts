import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, rmSync } from 'node:fs'
import { replacePrivate } from '../lib/private-file.ts'

/**
 * An unfinished import, stored beside the file so that it resumes where it was interrupted. `of` is its fingerprint,
 * `began` is in milliseconds since 1970, and `sent` counts users.
 */
export type Run = { of: string; id: string; began: number; sent: number }

const path = (file: string) => `${file}.import-state.json`

/** Returns a digest of the file and of the other values that must be equal for a run to be resumed. */
export const fingerprint = async (file: string, ...rest: unknown[]): Promise<string> => {
  const hash = createHash('sha256').update(JSON.stringify(rest))
  for await (const part of createReadStream(file)) hash.update(part as Buffer)
  return hash.digest('hex')
}

/** Returns the interrupted run of this file if it has the same fingerprint. */
export const stopped = (file: string, of: string): Run | undefined => {
  if (!existsSync(path(file))) return
  try {
    const run = JSON.parse(readFileSync(path(file), 'utf8')) as Run
    return run.of === of ? run : undefined
  } catch {}
}

/**
 * Stores the state of a run in one step: if the process is killed, the stored state is either the old or the new one.
 */
export const keep = (file: string, run: Run): void => replacePrivate(path(file), JSON.stringify(run))

/** Removes the state of a finished run. */
export const forget = (file: string): void => rmSync(path(file), { force: true })
