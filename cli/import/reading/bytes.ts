import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { Stop } from '../../lib/database.ts'

/** How files of other kinds begin, what they are, and what to do with them. */
const others: [string | RegExp, string][] = [
  ['PK\x03\x04', 'a zip archive or an Excel workbook. Unpack it, or save the sheet as "CSV UTF-8"'],
  [
    'SQLite format 3\0',
    'an SQLite database. Export its users: sqlite3 FILE ".mode json" "select * from users" > users.json',
  ],
  ['PGDMP', 'a dump in the custom format of pg_dump. Convert it: pg_restore --data-only --file users.sql FILE'],
  ['\x89PNG', 'a picture. Export the users as CSV, NDJSON, JSON or SQL'],
  ['\xff\xd8\xff', 'a picture. Export the users as CSV, NDJSON, JSON or SQL'],
  ['%PDF', 'a PDF document. Export the users as CSV, NDJSON, JSON or SQL'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook. Save the sheet as "CSV UTF-8"'],
  ['BZh', 'compressed with bzip2. Unpack it first'],
  ['\xfd7zXZ\0', 'compressed with xz. Unpack it first'],
  ['\x28\xb5\x2f\xfd', 'compressed with zstd. Unpack it first'],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive. Unpack it first'],
  ['Rar!', 'a rar archive. Unpack it first'],
  ['PAR1', 'a Parquet file. Convert it to CSV or NDJSON'],
  ['Obj\x01', 'an Avro file. Convert it to NDJSON'],
  [/^\s*<(?:!doctype html|html)/i, 'an HTML page, perhaps a log-in page. Download the export again'],
  [/^\s*<\?xml/i, 'XML. Export the users as CSV, NDJSON, JSON or SQL'],
]

const headBytes = 65_536

/** Whether a file that begins with these bytes is compressed with gzip. */
const isGzip = (head: Buffer) => head[0] === 0x1f && head[1] === 0x8b

/** Returns the first two bytes of a file. @throws Stop if it cannot be read */
const firstBytes = (file: string): Buffer => {
  const head = Buffer.alloc(2)
  try {
    if (statSync(file).isDirectory()) throw new Stop(`${file} is a folder. Name a file in it.`)
    const opened = openSync(file, 'r')
    readSync(opened, head)
    closeSync(opened)
    return head
  } catch (error) {
    if (error instanceof Stop) throw error
    throw new Stop(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}.`)
  }
}

/** Yields the bytes of a file, unpacked if it is compressed with gzip. @throws Stop if gzip finds it damaged */
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
    if (/^Z_/.test(code))
      throw new Stop(`${file} is compressed with gzip, but it is truncated or damaged. Export or copy it again.`)
    throw error
  } finally {
    stream.destroy()
    unpacked.destroy()
  }
}

/** Recognises UTF-16 without a byte order mark: in most texts, every second byte is zero. */
const silent16 = (head: Buffer): string | undefined => {
  const some = head.subarray(0, 1000)
  const zeros = [0, 0]
  for (const [at, byte] of some.entries()) if (byte === 0) zeros[at % 2]!++
  if (zeros[1]! > some.length / 4 && zeros[0] === 0) return 'utf-16le'
  if (zeros[0]! > some.length / 4 && zeros[1] === 0) return 'utf-16be'
}

/** Returns the encoding of a file by its first bytes. @throws Stop if it is not a text */
const encodingOf = (file: string, head: Buffer): string => {
  const start = head.toString('latin1')
  const other = others.find(([magic]) => (typeof magic === 'string' ? start.startsWith(magic) : magic.test(start)))
  if (other) throw new Stop(`${file} is ${other[1]}.`)
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  const found = silent16(head)
  if (!found && head.includes(0))
    throw new Stop(`${file} is not a text file. Export the users as CSV, NDJSON, JSON or SQL.`)
  return found ?? 'utf-8'
}

/** Checks the value of --encoding. @throws Stop for an unknown encoding */
export const checkEncoding = (name: string): void => {
  try {
    new TextDecoder(name)
  } catch {
    throw new Stop(`--encoding ${name} is unknown. It may be utf-8, utf-16le, windows-1252, iso-8859-1 and others.`)
  }
}

/**
 * Yields the text of a file in parts, unpacked if it is compressed with gzip. Decoding is strict, so that no name is
 * stored with replacement characters.
 * @param encoding the encoding of the file; recognised if it is not given
 * @throws Stop if the file is not a text, or not in that encoding
 */
export async function* textOf(file: string, encoding?: string): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined
  let lines = 1
  for await (const bytes of bytesOf(file)) {
    decoder ??= new TextDecoder(encoding ?? encodingOf(file, bytes.subarray(0, headBytes)), {
      fatal: true,
      // This removes the byte order mark.
      ignoreBOM: false,
    })
    let text: string
    try {
      text = decoder.decode(bytes, { stream: true })
    } catch {
      const at = lines + bytes.toString('latin1').split('\n').length - 1
      throw new Stop(
        `${file} is not in ${decoder.encoding.toUpperCase()}: some bytes between lines ${lines} and ${at} are invalid. If Excel or an older database wrote it, try --encoding windows-1252.`,
      )
    }
    for (let from = text.indexOf('\n'); from >= 0; from = text.indexOf('\n', from + 1)) lines++
    if (text !== '') yield text
  }
  try {
    const rest = decoder?.decode()
    if (rest) yield rest
  } catch {
    throw new Stop(`${file} ends in the middle of a character, so it is truncated. Export or copy it again.`)
  }
}

/** Returns the beginning of a file. @throws Stop if the file is empty */
export const beginningOf = async (file: string, encoding?: string): Promise<string> => {
  let start = ''
  for await (const part of textOf(file, encoding)) {
    start += part
    if (start.length >= headBytes) break
  }
  if (start.trim() === '') throw new Stop(`${file} is empty.`)
  return start.trimStart()
}

/** Yields the lines of a file. A line ends with a line feed, a carriage return or both. */
export async function* linesOf(file: string, encoding?: string): AsyncGenerator<string> {
  let rest = ''
  for await (const part of textOf(file, encoding)) {
    const text = rest + part
    // If a part ends with a carriage return, the line feed that belongs to it may be in the next part.
    const lines = text.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop()!
    yield* lines
  }
  if (rest !== '') yield* rest.split('\r').slice(0, rest.endsWith('\r') ? -1 : undefined)
}
