import { createReadStream, createWriteStream, existsSync, lstatSync, renameSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { finished, pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { Stop } from '../lib/database.ts'
import { besides, createPrivate } from '../lib/private-file.ts'

/**
 * Lines of JSON, packed: what it is, then each table's name and columns before its rows, and at the end how many rows of
 * each. Without the end it is no backup.
 */
export type Line =
  | { backup: 1; at: string; migrations: string[] }
  | { table: string; columns: string[] }
  | unknown[]
  | { end: Record<string, number> }

/** Only its owner may read it. What was cut off keeps a name of its own that ends in `.part`. @throws {Stop} where the file is there already */
export const openBackup = (file: string) => {
  if (lstatSync(file, { throwIfNoEntry: false })) throw new Stop(`${file} is there already.`)
  const part = besides(file, 'part')
  const gzip = createGzip()
  const done = pipeline(gzip, createWriteStream(part, { fd: createPrivate(part) }))
  // Told where it is awaited, at the end.
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

/** @throws {Stop} for what is no backup, or not all of one */
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
    throw new Stop(`${file} is no backup, or not all of one: ${(error as Error).message}.`)
  }
  if (!last || !('end' in last)) throw new Stop(`${file} ends too early.`)
}
