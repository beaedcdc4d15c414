import { existsSync, readFileSync } from 'node:fs'
import { Stop } from '../lib/database.ts'
import { readMapping } from './columns.ts'
import { checkHashing } from './hashes/hashing.ts'
import { memberOf } from './metadata.ts'
import type { State } from './states.ts'
import { word } from './values.ts'

/** Reads a file that an option names. @throws Stop if there is none */
export const contents = (file: string): string => {
  if (!existsSync(file)) throw new Stop(`There is no file ${file}.`)
  return readFileSync(file, 'utf8')
}

/** Parses a value of --state. @throws Stop if it names no known meaning */
export const readState = (text: string): [string, State] => {
  const [, name = '', state] = /^(.+)=(active|disabled|deleted)$/.exec(text) ?? []
  if (!state) throw new Stop('--state must be WORD=active, WORD=disabled or WORD=deleted.')
  return [word(name), state as State]
}

/** Reads the files of --mapping and --pepper. @throws Stop if one of them is missing or wrong */
export const mappingOf = (file: string | undefined, pepperFile: string | undefined) => {
  const { mapping, hashing } = file === undefined ? { mapping: {}, hashing: {} } : readMapping(contents(file))
  const pepper = pepperFile === undefined ? undefined : contents(pepperFile).replace(/\r?\n$/, '')
  const named = Object.values(mapping).flatMap((from) =>
    typeof from === 'string' ? [from] : Array.isArray(from) ? from : [],
  )
  const mapped = hashing.digest?.salt === undefined ? named : [...named, hashing.digest.salt]
  checkHashing({ ...hashing, pepper })
  return { mapping, mapped, hashing: { ...hashing, pepper } }
}

/** Reads the columns of --metadata. @throws Stop if two of them would be one member */
export const readMetadata = (text: string): string[] => {
  const columns = text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  if (new Set(columns.map(memberOf)).size < columns.length)
    throw new Stop('--metadata names two columns that would become the same member.')
  return columns
}
