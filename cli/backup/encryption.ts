import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { Transform } from 'node:stream'
import { promisify } from 'node:util'
import { Stop } from '../lib/database.ts'

/**
 * The format, as docs/operate/operations.md describes it: `GHBACKUP`, a byte for the version, a byte for log2 of
 * scrypt's N, and 16 bytes of salt. Then come parts encrypted with AES-256-GCM, each with its tag. A part has 64 KiB of
 * plaintext; the last one may have less. The nonce of a part is its number (11 bytes) and a byte that is 1 for the last
 * part only. So parts can be neither moved nor left out, and a file that was cut off is recognised (the STREAM
 * construction of Hoang, Reyhanitabar, Rogaway and Vizár). Each file has its own key, since the salt is new each time.
 */
const magic = Buffer.from('GHBACKUP')
const version = 1
const ln = 17
const saltBytes = 16
const headerBytes = magic.length + 2 + saltBytes
const tagBytes = 16
const partBytes = 65_536

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt)

/** The keys derived so far, by salt and passphrase: a command reads a file several times. */
const keys = new Map<string, Promise<Buffer>>()

const keyOf = (passphrase: string, salt: Buffer, ln: number): Promise<Buffer> => {
  const name = `${ln} ${salt.toString('hex')} ${passphrase.normalize('NFC')}`
  const key =
    keys.get(name) ?? derive(passphrase.normalize('NFC'), salt, 32, { N: 2 ** ln, r: 8, p: 1, maxmem: 2 ** (ln + 11) })
  keys.set(name, key)
  return key
}

const nonceOf = (part: number, last: boolean) => {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(part, 5, 6)
  nonce[11] = last ? 1 : 0
  return nonce
}

/** Calls `act` with parts of a fixed size, and marks the last one with `last`. There is always at least one part. */
const inParts = (size: number, act: (transform: Transform, part: Buffer, number: number, last: boolean) => unknown) => {
  let waiting: Buffer[] = []
  let length = 0
  let number = 0
  const take = (transform: Transform, chunk: Buffer): unknown => {
    waiting.push(chunk)
    length += chunk.length
    // A full part is held back until more data follows, because it may be the last.
    if (length <= size) return
    const all = Buffer.concat(waiting)
    let at = 0
    for (; all.length - at > size; at += size) act(transform, all.subarray(at, at + size), number++, false)
    waiting = [all.subarray(at)]
    length = all.length - at
  }
  return { take, end: (transform: Transform) => act(transform, Buffer.concat(waiting), number, true) }
}

const stream = (size: number, act: Parameters<typeof inParts>[1]) => {
  const { take, end } = inParts(size, act)
  const attempt = (transform: Transform, work: () => unknown, done: (error?: Error) => void) => {
    try {
      work()
      done()
    } catch (error) {
      done(error as Error)
    }
    return transform
  }
  return new Transform({
    transform(chunk, _, done) {
      attempt(this, () => take(this, chunk), done)
    },
    flush(done) {
      attempt(this, () => end(this), done)
    },
  })
}

/** Returns a stream that encrypts what is written to it. */
export const encryption = async (passphrase: string): Promise<Transform> => {
  const header = Buffer.concat([magic, Buffer.from([version, ln]), randomBytes(saltBytes)])
  const key = await keyOf(passphrase, header.subarray(-saltBytes), ln)
  const encrypting = stream(partBytes, (transform, part, number, last) => {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number, last)).setAAD(header)
    transform.push(Buffer.concat([cipher.update(part), cipher.final(), cipher.getAuthTag()]))
  })
  encrypting.push(header)
  return encrypting
}

const headerOf = (file: string): Buffer => {
  const header = Buffer.alloc(headerBytes)
  const open = openSync(file, 'r')
  try {
    return header.subarray(0, readSync(open, header, 0, headerBytes, 0))
  } finally {
    closeSync(open)
  }
}

export const isEncrypted = (file: string): boolean => headerOf(file).subarray(0, magic.length).equals(magic)

/**
 * Returns the number of bytes of this file's header, and a stream that decrypts what follows the header.
 * @throws {Stop} if the header is incomplete, or was written by another version
 */
export const decryption = async (
  file: string,
  passphrase: string,
): Promise<{ decrypting: Transform; from: number }> => {
  const header = headerOf(file)
  const [theirs, cost = 0] = header.subarray(magic.length)
  if (header.length < headerBytes) throw new Stop(`${file} ends too early.`)
  // A forged cost must not take all of this computer's memory.
  if (theirs !== version || cost < 10 || cost > 20)
    throw new Stop(`${file} was written by another version of this command.`)
  const key = await keyOf(passphrase, header.subarray(-saltBytes), cost)
  const decrypted = (part: Buffer, number: number, last: boolean): Buffer | undefined => {
    if (part.length < tagBytes) return
    const cipher = createDecipheriv('aes-256-gcm', key, nonceOf(number, last), { authTagLength: tagBytes })
    cipher.setAAD(header).setAuthTag(part.subarray(-tagBytes))
    const text = cipher.update(part.subarray(0, -tagBytes))
    try {
      cipher.final()
      return text
    } catch {}
  }
  const decrypting = stream(partBytes + tagBytes, (transform, part, number, last) => {
    const text = decrypted(part, number, last)
    if (text) return transform.push(text)
    if (last && decrypted(part, number, false)) throw new Stop(`${file} ends too early.`)
    throw new Stop(
      number === 0
        ? `${file} cannot be decrypted: the passphrase is wrong, or the file was changed.`
        : `${file} was changed or cut off after it was written.`,
    )
  })
  return { decrypting, from: headerBytes }
}
