import { createReadStream, createWriteStream, existsSync, lstatSync, renameSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { finished, pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { Stop } from '../lib/database.ts'
import { besides, createPrivate } from '../lib/private-file.ts'

/**
 * Lines of gzipped JSON: a header, then each table's name and columns before its rows, and at the end the number of
 * rows of each table. A file without that end is not a valid backup.
 */
export type Line =
  | { backup: 1; at: string; migrations: string[] }
  | { table: string; columns: string[] }
  | unknown[]
  | { end: Record<string, number> }

/**
 * Opens a backup for writing, readable by its owner only. An incomplete one keeps a name that ends in `.part`.
 * @throws {Stop} if the file already exists
 */
export const openBackup = (file: string) => {
  if (lstatSync(file, { throwIfNoEntry: false })) throw new Stop(`${file} already exists.`)
  const part = besides(file, 'part')
  const gzip = createGzip()
  const done = pipeline(gzip, createWriteStream(part, { fd: createPrivate(part) }))
  // The error is reported at the end, where it is awaited.
  done.catch(() => {})
  return {
    write: async (line: Line) => {
      if (!gzip.write(`${JSON.stringify(line)}\n`)) await new Promise((resolve) => gzip.once('drain', resolve))
    },
    close: async () => {
      gzip.end()
      await done
      renameSync(part, file)
    },
  }
}

/** @throws {Stop} if the file is not a backup, or is incomplete */
export async function* readBackup(file: string): AsyncGenerator<Line> {
  if (!existsSync(file)) throw new Stop(`There is no file ${file}.`)
  const gunzip = createReadStream(file).pipe(createGunzip())
  const whole = finished(gunzip)
  whole.catch(() => {})
  let last: Line | undefined
  try {
    for await (const line of createInterface({ input: gunzip, crlfDelay: Number.POSITIVE_INFINITY })) {
      last = JSON.parse(line) as Line
      yield last
    }
    await whole
  } catch (error) {
    if (error instanceof Stop) throw error
    throw new Stop(`${file} is not a complete backup: ${(error as Error).message}.`)
  }
  if (!last || !('end' in last)) throw new Stop(`${file} ends too early.`)
}
