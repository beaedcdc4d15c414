import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { parseEmail } from '../../src/domain/email.ts'
import { argon2InJavaScript } from '../../src/domain/hashes/argon2.ts'
import { formsOf, readForeign } from '../../src/domain/hashes/foreign.ts'
import { normalizePassword } from '../../src/domain/password-policy.ts'
import { hashScrypt, parseScrypt } from '../../src/domain/scrypt.ts'
import { Stop } from '../lib/database.ts'
import type { Person } from './person.ts'

/** Asks for a password, which is not shown; from a pipe it is the first line. */
export const askPassword = async (input: NodeJS.ReadStream = process.stdin): Promise<string> => {
  process.stderr.write('The password that this user has where they come from: ')
  const silent = new Writable({ write: (_part, _encoding, done) => done() })
  const reader = createInterface({ input, output: silent, terminal: input.isTTY })
  try {
    for await (const line of reader) return line
    return ''
  } finally {
    reader.close()
    process.stderr.write('\n')
  }
}

/** Whether a password fits a hash, as the service will find it. */
export const fits = async (password: string, stored: string): Promise<boolean> => {
  const ours = parseScrypt(stored)
  if (ours) return hashScrypt(normalizePassword(password), ours, ours.salt) === stored
  const hash = readForeign(stored)
  if (!hash) return false
  // WebAssembly comes compiled with the Worker, and not here.
  const derive = (await argon2InJavaScript(stored)) ?? (await hash.load())
  for (const form of formsOf(password, hash)) {
    const derived = derive(form)
    const made = hash.finish ? await hash.finish(derived) : derived
    if (Buffer.from(made).equals(Buffer.from(hash.hash))) return true
  }
  return false
}

/**
 * Verifies one password that is known before anything is sent: a pepper or a digest that nobody told of would be found out
 * by everybody else, one by one.
 * @param ask asks for the password
 * @throws Stop where it does not fit
 */
export const tryPassword = async (
  address: string,
  people: AsyncIterable<Person>,
  ask: () => Promise<string>,
): Promise<void> => {
  const canonical = parseEmail(address)?.canonical
  for await (const person of people) {
    if (person.emailCanonical !== canonical) continue
    if (person.password === null) throw new Stop(`${address} comes without a password, so there is nothing to try.`)
    if (await fits(await ask(), person.password)) return console.log(`The password of ${address} fits its hash.`)
    throw new Stop(
      `The password does not fit the hash of ${address}. If it is the right one, the old service did something to it before it was hashed: --pepper, or prehash in the mapping. Nothing was imported.`,
    )
  }
  throw new Stop(`Nobody with the address ${address} comes. Nothing was imported.`)
}
