import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { Stop } from '../../lib/database.ts'

/** What files begin with that are none of ours, and what to do then. */
const others: [string | RegExp, string][] = [
  ['PK\x03\x04', 'a zip archive or an Excel workbook: unpack it, or save the sheet as "CSV UTF-8"'],
  ['SQLite format 3\0', 'a SQLite database: sqlite3 FILE ".mode json" "select * from users" writes what is read here'],
  ['PGDMP', 'a dump of pg_dump in its own format: pg_restore --data-only --file users.sql FILE'],
  ['\x89PNG', 'a picture'],
  ['\xff\xd8\xff', 'a picture'],
  ['%PDF', 'a PDF'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook: save the sheet as "CSV UTF-8"'],
  ['BZh', 'compressed by bzip2: unpack it first'],
  ['\xfd7zXZ\0', 'compressed by xz: unpack it first'],
  ['\x28\xb5\x2f\xfd', 'compressed by zstd: unpack it first'],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive: unpack it first'],
  ['Rar!', 'a rar archive: unpack it first'],
  ['PAR1', 'Parquet: write it as CSV or NDJSON'],
  ['Obj\x01', 'Avro: write it as NDJSON'],
  [/^\s*<(?:!doctype html|html)/i, 'a page of HTML, as of a log-in: the export was not what was downloaded'],
  [/^\s*<\?xml/i, 'XML: export CSV, JSON or SQL'],
]

const headBytes = 65_536

/** Bytes from which a file that is compressed begins. */
const isGzip = (head: Buffer) => head[0] === 0x1f && head[1] === 0x8b

/** @throws Stop */
const firstBytes = (file: string): Buffer => {
  const head = Buffer.alloc(2)
  try {
    if (statSync(file).isDirectory()) throw new Stop(`${file} is a folder.`)
    const opened = openSync(file, 'r')
    readSync(opened, head)
    closeSync(opened)
    return head
  } catch (error) {
    if (error instanceof Stop) throw error
    throw new Stop(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}.`)
  }
}

async function* bytesOf(file: string): AsyncGenerator<Buffer> {
  const head = firstBytes(file)
  const stream = createReadStream(file, { highWaterMark: headBytes })
  if (!isGzip(head)) return yield* stream as AsyncIterable<Buffer>
  const unpacked = createGunzip()
  stream.on('error', (error) => unpacked.destroy(error))
  try {
    for await (const part of stream.pipe(unpacked)) yield part as Buffer
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    if (/^Z_/.test(code)) throw new Stop(`${file} is gzip, and is cut off or damaged.`)
    throw error
  } finally {
    stream.destroy()
    unpacked.destroy()
  }
}

/** UTF-16 that does not say so: most of what people write in it has a zero for every second byte. */
const silent16 = (head: Buffer): string | undefined => {
  const some = head.subarray(0, 1000)
  const zeros = [0, 0]
  for (const [at, byte] of some.entries()) if (byte === 0) zeros[at % 2]!++
  if (zeros[1]! > some.length / 4 && zeros[0] === 0) return 'utf-16le'
  if (zeros[0]! > some.length / 4 && zeros[1] === 0) return 'utf-16be'
}

/** @throws Stop for what is no text */
const encodingOf = (file: string, head: Buffer): string => {
  const start = head.toString('latin1')
  const other = others.find(([magic]) => (typeof magic === 'string' ? start.startsWith(magic) : magic.test(start)))
  if (other) throw new Stop(`${file} is ${other[1]}.`)
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  const found = silent16(head)
  if (!found && head.includes(0)) throw new Stop(`${file} is no text: neither CSV, JSON nor SQL.`)
  return found ?? 'utf-8'
}

/** @throws Stop for a name that there is not */
export const checkEncoding = (name: string): void => {
  try {
    new TextDecoder(name)
  } catch {
    throw new Stop(`--encoding ${name} is not known: utf-8, utf-16le, windows-1252, iso-8859-1, …`)
  }
}

/**
 * The text of a file, in parts: unpacked where it is gzip, and decoded strictly, so that no name is kept with a sign in it
 * that stands for what was not understood.
 * @param encoding what it is written in; found out unless given
 * @throws Stop where it is no text, or not of that encoding
 */
export async function* textOf(file: string, encoding?: string): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined
  let lines = 1
  for await (const bytes of bytesOf(file)) {
    decoder ??= new TextDecoder(encoding ?? encodingOf(file, bytes.subarray(0, headBytes)), {
      fatal: true,
      // Taken away.
      ignoreBOM: false,
    })
    let text: string
    try {
      text = decoder.decode(bytes, { stream: true })
    } catch {
      const at = lines + bytes.toString('latin1').split('\n').length - 1
      throw new Stop(
        `${file} is not ${decoder.encoding.toUpperCase()}: between line ${lines} and ${at} is a sign of another encoding. Where Excel or an older database wrote it: --encoding windows-1252`,
      )
    }
    for (let from = text.indexOf('\n'); from >= 0; from = text.indexOf('\n', from + 1)) lines++
    if (text !== '') yield text
  }
  try {
    const rest = decoder?.decode()
    if (rest) yield rest
  } catch {
    throw new Stop(`${file} ends within a sign: it was cut off.`)
  }
}

/** How a file begins. @throws Stop where there is nothing to read */
export const beginningOf = async (file: string, encoding?: string): Promise<string> => {
  let start = ''
  for await (const part of textOf(file, encoding)) {
    start += part
    if (start.length >= headBytes) break
  }
  if (start.trim() === '') throw new Stop(`${file} is empty.`)
  return start.trimStart()
}

/** Lines of a text, however they end, with their numbers from 1. */
export async function* linesOf(file: string, encoding?: string): AsyncGenerator<string> {
  let rest = ''
  for await (const part of textOf(file, encoding)) {
    const text = rest + part
    // A carriage return at the end may be followed by its line feed.
    const lines = text.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop()!
    yield* lines
  }
  if (rest !== '') yield* rest.split('\r').slice(0, rest.endsWith('\r') ? -1 : undefined)
}
