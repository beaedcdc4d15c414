import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, rmSync } from 'node:fs'
import { replacePrivate } from '../lib/private-file.ts'

/** An import under way, kept beside the file so that it goes on where it was stopped. */
export type Run = { of: string; id: string; began: number; sent: number }

const path = (file: string) => `${file}.import-state.json`

/** What makes two runs the same one: the file to the byte, the database, and how the file is read. */
export const fingerprint = async (file: string, ...rest: unknown[]): Promise<string> => {
  const hash = createHash('sha256').update(JSON.stringify(rest))
  for await (const part of createReadStream(file)) hash.update(part as Buffer)
  return hash.digest('hex')
}

/** The one that was stopped, if it was the same. */
export const stopped = (file: string, of: string): Run | undefined => {
  if (!existsSync(path(file))) return
  try {
    const run = JSON.parse(readFileSync(path(file), 'utf8')) as Run
    return run.of === of ? run : undefined
  } catch {}
}

/** Written beside and then renamed: whenever the process is stopped, the state is the old one or the new one. */
export const keep = (file: string, run: Run): void => replacePrivate(path(file), JSON.stringify(run))

export const forget = (file: string): void => rmSync(path(file), { force: true })
