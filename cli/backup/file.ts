import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, lstatSync, renameSync, rmSync, statSync } from 'node:fs'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { Stop } from '../lib/database.ts'
import { besides, createPrivate } from '../lib/private-file.ts'
import { meaningOf } from '../lib/said.ts'
import { decryption, encryption, isEncrypted } from './encryption.ts'

/**
 * Lines of gzipped JSON: a header, then each table's name and columns before its rows, then pictures, and at the end
 * how many rows each table has, and how many pictures there are. A file without that end is not a valid backup.
 */
export type Line =
  | { backup: 1; at: string; migrations: string[] }
  | { table: string; columns: string[] }
  | unknown[]
  | { picture: string; data: string }
  | { end: Record<string, number>; pictures?: number }

/** A backup to read, with its passphrase if it is encrypted. */
export type Source = { file: string; passphrase?: string }

const failed = (file: string, error: unknown) => {
  if (error instanceof Stop) return error
  const { code, message } = error as NodeJS.ErrnoException
  return new Stop(`${file} cannot be written: ${code ? `${meaningOf(code)} (${code})` : message}.`)
}

/**
 * Opens a backup for writing. Only its owner can read it. While it is incomplete, its name ends in `.part`, and the
 * file is removed if the command fails or is interrupted.
 * @param create opens the new file for writing
 * @throws {Stop} if the file already exists. `write`, `close` and `keep` throw it if the file cannot be written
 */
export const openBackup = async ({ file, passphrase }: Source, create = createPrivate) => {
  if (lstatSync(file, { throwIfNoEntry: false })) throw new Stop(`${file} already exists.`)
  const part = besides(file, 'part')
  const gzip = createGzip()
  const cipher = passphrase === undefined ? new PassThrough() : await encryption(passphrase)
  const done = pipeline(gzip, cipher, createWriteStream(part, { fd: create(part) }))
  // Never resolves, and rejects when the disk fails: a wait that races with it then ends.
  const broken = done.then(() => new Promise<never>(() => {}))
  broken.catch(() => {})
  const discard = () => rmSync(part, { force: true })
  process.once('exit', discard)
  const guarded = async (work: () => Promise<unknown>) => {
    try {
      await work()
    } catch (error) {
      gzip.destroy()
      throw failed(file, error)
    }
  }
  return {
    part,
    write: (line: Line) =>
      guarded(async () => {
        if (gzip.destroyed) await done
        if (!gzip.write(`${JSON.stringify(line)}\n`))
          await Promise.race([new Promise((resolve) => gzip.once('drain', resolve)), broken])
      }),
    /** Completes the `.part` file, which has yet to be checked and kept. */
    close: () =>
      guarded(async () => {
        gzip.end()
        await done
      }),
    keep: () =>
      guarded(async () => {
        // A link or file that has appeared meanwhile belongs to somebody else.
        if (lstatSync(file, { throwIfNoEntry: false })) throw new Stop(`${file} already exists.`)
        renameSync(part, file)
        process.off('exit', discard)
      }),
    discard: () => {
      gzip.destroy()
      discard()
      process.off('exit', discard)
    },
  }
}

/** Replaces Node's own reader of lines: if its input fails after it has ended, it throws where nobody can catch it. */
async function* linesOf(input: Readable): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of input.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    yield* lines
  }
  if (rest !== '') yield rest
}

/** @throws {Stop} if the file is not a backup, or is incomplete */
export async function* readBackup({ file, passphrase }: Source): AsyncGenerator<Line> {
  const gunzip = createGunzip()
  let last: Line | undefined
  try {
    const { decrypting, from } =
      passphrase === undefined ? { decrypting: new PassThrough(), from: 0 } : await decryption(file, passphrase)
    const whole = pipeline(createReadStream(file, { start: from }), decrypting, gunzip)
    whole.catch(() => {})
    for await (const text of linesOf(gunzip)) {
      const line = JSON.parse(text) as Line | null
      if (typeof line !== 'object' || line === null) throw new SyntaxError()
      last = line
      yield line
    }
    await whole
  } catch (error) {
    if (error instanceof Stop) throw error
    const { code, name, message } = error as NodeJS.ErrnoException
    // The message of a parser would show a piece of the file.
    const why = name === 'SyntaxError' ? 'it has other content' : code?.startsWith('E') ? meaningOf(code) : message
    throw new Stop(`${file} is not a complete backup: ${why}.`)
  } finally {
    gunzip.destroy()
  }
  if (!last || !('end' in last)) throw new Stop(`${file} ends too early.`)
}

/** What a complete backup contains. `id` distinguishes it from every other backup. */
export type Contents = { migrations: string[]; counts: Record<string, number>; pictures: number; id: string }

/** Whether the file is encrypted. @throws {Stop} if it does not exist or cannot be read */
export const needsPassphrase = (file: string): boolean => {
  if (!statSync(file, { throwIfNoEntry: false })) throw new Stop(`There is no file ${file}.`)
  try {
    return isEncrypted(file)
  } catch (error) {
    throw new Stop(`${file} cannot be read: ${meaningOf((error as NodeJS.ErrnoException).code ?? '')}.`)
  }
}

/** Reads the whole file before any of it is used. @throws {Stop} if a row or a picture is missing */
export const check = async (source: Source): Promise<Contents> => {
  const hash = createHash('sha256')
  const counts: Record<string, number> = {}
  let migrations: string[] | undefined
  let table = ''
  let pictures = 0
  for await (const line of readBackup(source)) {
    hash.update(JSON.stringify(line))
    if (Array.isArray(line)) counts[table]!++
    else if ('backup' in line) migrations = line.migrations
    else if ('table' in line) {
      table = line.table
      counts[table] = 0
    } else if ('picture' in line) pictures++
    else if (JSON.stringify(line.end) !== JSON.stringify(counts)) throw new Stop(`${source.file} lacks rows.`)
    else if ((line.pictures ?? 0) !== pictures) throw new Stop(`${source.file} lacks pictures.`)
  }
  if (!migrations) throw new Stop(`${source.file} is not a backup.`)
  return { migrations, counts, pictures, id: hash.digest('hex').slice(0, 32) }
}
