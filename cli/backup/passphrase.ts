import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Stop } from '../lib/database.ts'

const variable = 'BACKUP_PASSPHRASE'

/**
 * The fewest characters. Whoever steals the file can guess without limit, at the cost of one scrypt of 128 MiB per
 * guess.
 */
const least = 12

/** Asks on the terminal without showing what is typed. */
const ask = async (question: string): Promise<string> => {
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const prompt = createInterface({ input: process.stdin, output: silent, terminal: true })
  // Ctrl-C reaches the prompt, which owns the terminal, and not this process.
  prompt.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return await prompt.question('')
  } finally {
    prompt.close()
    process.stderr.write('\n')
  }
}

/**
 * Returns the passphrase of a backup: from the environment, or typed.
 * @param fresh whether it is for a new file: then it has to be long enough, and is asked for twice
 * @throws {Stop} if there is none, or a new one is too short or is repeated differently
 */
export const passphraseOf = async (fresh: boolean): Promise<string> => {
  const { [variable]: given } = process.env
  if (given === undefined && !process.stdin.isTTY)
    throw new Stop(`The backup is encrypted, and nobody can be asked for the passphrase: set ${variable}.`)
  const passphrase = given ?? (await ask('Passphrase: '))
  if (!fresh) return passphrase
  if ([...passphrase].length < least) throw new Stop(`The passphrase must have at least ${least} characters.`)
  if (given === undefined && (await ask('Repeat it: ')) !== passphrase)
    throw new Stop('The two passphrases differ: nothing was written.')
  return passphrase
}
