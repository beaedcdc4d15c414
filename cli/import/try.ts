import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { parseEmail } from '../../src/domain/email.ts'
import { argon2InJavaScript } from '../../src/domain/hashes/argon2.ts'
import { formsOf, readForeign } from '../../src/domain/hashes/foreign.ts'
import { normalizePassword } from '../../src/domain/password-policy.ts'
import { hashScrypt, parseScrypt } from '../../src/domain/scrypt.ts'
import { Stop } from '../lib/database.ts'
import type { Person } from './person.ts'

/** Asks for a password without showing it. From a pipe, it is the first line. */
export const askPassword = async (input: NodeJS.ReadStream = process.stdin): Promise<string> => {
  process.stderr.write('Password of this user at the old service: ')
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

/** Whether a password matches a stored hash, computed as the service will do it. */
export const fits = async (password: string, stored: string): Promise<boolean> => {
  const ours = parseScrypt(stored)
  if (ours) return hashScrypt(normalizePassword(password), ours, ours.salt) === stored
  const hash = readForeign(stored)
  if (!hash) return false
  // WebAssembly is compiled into the Worker only.
  const derive = (await argon2InJavaScript(stored)) ?? (await hash.load())
  for (const form of formsOf(password, hash)) {
    const derived = derive(form)
    const made = hash.finish ? await hash.finish(derived) : derived
    if (Buffer.from(made).equals(Buffer.from(hash.hash))) return true
  }
  return false
}

/**
 * Verifies one known password before anything is sent. Otherwise a forgotten pepper or digest would show only when
 * nobody can log in.
 * @param ask asks for the password
 * @throws Stop if it does not match, or if the address has no password to try
 */
export const tryPassword = async (
  address: string,
  people: AsyncIterable<Person>,
  ask: () => Promise<string>,
): Promise<void> => {
  const canonical = parseEmail(address)?.canonical
  for await (const person of people) {
    if (person.emailCanonical !== canonical) continue
    if (person.password === null)
      throw new Stop(
        `${address} has no password that can be verified here, so there is nothing to try. Nothing was imported.`,
      )
    if (await fits(await ask(), person.password)) return console.log(`The password of ${address} matches its hash.`)
    throw new Stop(
      `The password does not match the hash of ${address}. If it is the right password, the old service changed it before hashing: pass --pepper, or set "prehash" in the mapping. Nothing was imported.`,
    )
  }
  throw new Stop(`The file has no user with the address ${address} who can be imported. Nothing was imported.`)
}
