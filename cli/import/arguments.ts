import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { readArguments } from '../lib/command.ts'
import { localState, type Place, Stop } from '../lib/database.ts'
import { type Mapping, readMapping } from './columns.ts'
import { type FirebaseConfig, readFirebaseConfig } from './hashes/hash-of.ts'
import { checkHashing, type Hashing } from './hashes/hashing.ts'
import { checkEncoding } from './reading/bytes.ts'
import { type AdminRule, readAdmins } from './roles.ts'
import { type SourceName, sourceNames, sources } from './sources/sources.ts'
import type { State } from './states.ts'
import { word } from './values.ts'

export const help = `
Imports users, with the password hashes of another system: they log in with the passwords they have.

  npm run import -- FILE [OPTIONS]
  npm run import -- --runs | --undo RUN

FILE is CSV, NDJSON, JSON or SQL, also gzip; - is the standard input. It says first what it takes the file for. Whoever has
an address that is known already stays as they are, so it may be run again, and goes on where it was stopped. What does not come along is told line by line in FILE.import-report.ndjson.

  --dry-run            reads and checks the file, and asks no database
  --format NAME        where the file comes from (found out unless given):
${sourceNames.map((name) => `                         ${name.padEnd(13)}${sources[name].title}`).join('\n')}
  --mapping FILE       JSON: our column → the file's, for what is not found by its name
  --encoding NAME      what the file is written in where it is not UTF-8 or UTF-16, as windows-1252
  --table NAME         where the users are in a dump or a JSON file that has them in more than one place
  --hash-config FILE   Firebase's password hash parameters, as its console shows them
  --pepper FILE        the pepper of the old service, one line: behind the password (Devise), unless the mapping has prehash
  --verified           takes every address for verified
  --admins COLUMN=VALUE   who becomes an admin, as role=admin or is_superuser; nobody unless given. May be given again
  --state WORD=MEANING    what a word of a state means: active, disabled or deleted. May be given again
  --ignore COLUMN         a column that does not mean what its name says. May be given again
  --try ADDRESS        asks for a password of the old service and verifies it before anything is sent
  --update             also changes users who are as an earlier import left them, and whom nobody has used
  --runs               lists the imports there were
  --undo RUN           removes the users of an import whom nobody has used since
  --without-passwords  goes on where the file has no column of password hashes
  --remote             into the deployed database; wrangler must be logged in (the local one, unless this is given)
  --persist-to DIR     where the local database is kept, as \`npm start\` was told (.wrangler/state)
  --env NAME           the environment of wrangler.toml (with --remote: production)
  --help
`

/** What is asked for besides an import. */
export type Other = Place & ({ what: 'runs' } | { what: 'undo'; run: string })

export type Options = Place & {
  what: 'import'
  /** What the report and the state lie beside. */
  file: string
  stdin: boolean
  dryRun: boolean
  format: SourceName | undefined
  mapping: Mapping
  encoding: string | undefined
  table: string | undefined
  /** Columns of the file that the operator's mapping names. */
  mapped: string[]
  hashing: Hashing
  firebase: FirebaseConfig | undefined
  verified: boolean
  admins: AdminRule[]
  states: Map<string, State>
  ignored: string[]
  withoutPasswords: boolean
  /** Whose password is verified first. */
  tries: string | undefined
  update: boolean
  reportFile: string
}

const contents = (file: string): string => {
  if (!existsSync(file)) throw new Stop(`There is no file ${file}.`)
  return readFileSync(file, 'utf8')
}

const options = {
  'dry-run': { type: 'boolean', default: false },
  format: { type: 'string' },
  mapping: { type: 'string' },
  'hash-config': { type: 'string' },
  encoding: { type: 'string' },
  table: { type: 'string' },
  pepper: { type: 'string' },
  verified: { type: 'boolean', default: false },
  admins: { type: 'string', multiple: true },
  state: { type: 'string', multiple: true },
  ignore: { type: 'string', multiple: true },
  try: { type: 'string' },
  update: { type: 'boolean', default: false },
  runs: { type: 'boolean', default: false },
  undo: { type: 'string' },
  'without-passwords': { type: 'boolean', default: false },
  remote: { type: 'boolean', default: false },
  'persist-to': { type: 'string' },
  env: { type: 'string' },
} as const

/** @throws Stop */
const readState = (text: string): [string, State] => {
  const [, name = '', state] = /^(.+)=(active|disabled|deleted)$/.exec(text) ?? []
  if (!state) throw new Stop('--state is WORD=active, WORD=disabled or WORD=deleted.')
  return [word(name), state as State]
}

/** @throws Stop */
const mappingOf = (file: string | undefined, pepperFile: string | undefined) => {
  const { mapping, hashing } = file === undefined ? { mapping: {}, hashing: {} } : readMapping(contents(file))
  const pepper = pepperFile === undefined ? undefined : contents(pepperFile).replace(/\r?\n$/, '')
  const mapped = Object.values(mapping).flatMap((from) =>
    typeof from === 'string' ? [from] : Array.isArray(from) ? from : [],
  )
  checkHashing({ ...hashing, pepper })
  return { mapping, mapped, hashing: { ...hashing, pepper } }
}

/** Undefined where help is asked for. @throws Stop with what is wrong */
export const readOptions = (args: string[]): Options | Other | undefined => {
  const { values, positionals } = readArguments('import', args, options)
  if (values.help) return
  if (values.remote && values['persist-to'] !== undefined)
    throw new Stop('--persist-to names a local database, --remote another one.')
  const place = {
    remote: values.remote,
    env: values.env,
    persistTo: resolve(values['persist-to'] ?? localState),
  }
  if (values.runs) return { ...place, what: 'runs' }
  if (values.undo !== undefined) return { ...place, what: 'undo', run: values.undo }
  const [named, ...others] = positionals
  const file = named === '/dev/stdin' ? '-' : named
  if (file === undefined || others.length > 0) throw new Stop('One file is needed: npm run import -- FILE')
  if (file !== '-' && !existsSync(file)) throw new Stop(`There is no file ${file}.`)
  if (values.encoding !== undefined) checkEncoding(values.encoding)
  const format = values.format as SourceName | undefined
  if (format !== undefined && !sourceNames.includes(format))
    throw new Stop(`--format is one of ${sourceNames.join(', ')}.`)
  if (file === '-' && values.try !== undefined)
    throw new Stop('--try asks on the standard input, which is the file here.')
  return {
    ...place,
    what: 'import',
    file: resolve(file === '-' ? 'stdin' : file),
    stdin: file === '-',
    encoding: values.encoding,
    table: values.table,
    dryRun: values['dry-run'],
    format,
    ...mappingOf(values.mapping, values.pepper),
    firebase: values['hash-config'] === undefined ? undefined : readFirebaseConfig(contents(values['hash-config'])),
    verified: values.verified,
    admins: readAdmins(values.admins ?? []),
    states: new Map((values.state ?? []).map(readState)),
    ignored: values.ignore ?? [],
    withoutPasswords: values['without-passwords'],
    reportFile: `${file === '-' ? 'stdin' : file}.import-report.ndjson`,
    tries: values.try,
    update: values.update,
  }
}
