import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { readArguments } from '../lib/command.ts'
import { localState, type Place, Stop } from '../lib/database.ts'
import type { Mapping } from './columns.ts'
import { type FirebaseConfig, readFirebaseConfig } from './hashes/hash-of.ts'
import type { Hashing } from './hashes/hashing.ts'
import { contents, mappingOf, readMetadata, readState } from './option-values.ts'
import { checkEncoding } from './reading/bytes.ts'
import { type AdminRule, readAdmins } from './roles.ts'
import { type SourceName, sourceNames, sources } from './sources/sources.ts'
import type { State } from './states.ts'

export const help = `
Imports the users of another system with their password hashes, so that they can log in with the passwords they have.

  npm run import -- FILE [OPTIONS]
  npm run import -- --runs | --undo RUN

FILE is CSV, NDJSON, JSON or SQL, and may be compressed with gzip; the name - stands for the standard input. Before
anything is sent, the command shows how it reads the file. A user whose address is already known stays unchanged, so the
same import may be run again, and an interrupted import resumes. FILE.import-report.ndjson lists by line what was not
imported.

  --dry-run            reads and checks the file, and imports nothing; needs no database
  --format NAME        the system that wrote the file, if it is not recognised:
${sourceNames.map((name) => `                         ${name.padEnd(13)}${sources[name].title}`).join('\n')}
  --mapping FILE       a JSON file that says which columns of the users' file are ours, if their names do not show it
  --encoding NAME      the encoding of FILE if it is neither UTF-8 nor UTF-16, such as windows-1252
  --table NAME         the table or list of the users, if a dump or a JSON file has more than one
  --hash-config FILE   Firebase's password hash parameters, as its console shows them
  --pepper FILE        the pepper of the old service, on one line. It is appended to each password, as Devise does, unless
                       the mapping sets "prehash"
  --verified           treats every address as verified
  --admins COLUMN=VALUE   makes an admin of each user who has VALUE in COLUMN, such as role=admin; with COLUMN alone,
                          such as is_superuser, of each user whose COLUMN says yes. Without this option nobody becomes
                          an admin. May be repeated
  --state WORD=MEANING    says what a word in a status column means: active, disabled or deleted. May be repeated
  --ignore COLUMN         ignores a column that does not mean what its name says. May be repeated
  --try ADDRESS        asks for the password of this user at the old service, and verifies it before anything is sent
  --update             also changes users whom an earlier import created and nobody has used since
  --runs               lists the last 100 imports
  --undo RUN           removes the users of an import whom nobody has used since
  --keep-ids           keeps old ids that are UUIDv7 as ids. All others become external ids, with or without this option
  --ids FILE           writes the old and new id of each imported user into FILE: CSV, or NDJSON if its name
                       ends in .ndjson, .jsonl or .json
  --metadata COLUMNS   imports these columns, separated by commas, as metadata, which the users can read
  --secrets FILE       the file with DATA_KEYS, under which seeds of authenticator apps are encrypted (.dev.vars, or with
                       --remote .dev.vars.production)
  --rp-id HOST         the RP ID of the old system's passkeys, which must be that of this deployment
  --bridge             marks users without a usable password: the service asks MIGRATION_HOOK at their first log-in
  --without-passwords  accepts a file that has no column of password hashes
  --remote             uses the deployed database instead of the local one; wrangler must be logged in
  --persist-to DIR     the folder of the local database, as it was passed to \`npm start\` (.wrangler/state)
  --env NAME           the environment of wrangler.toml (with --remote: production)
  --help               shows this text
`

/** What the command does besides importing. */
export type Other = Place & ({ what: 'runs' } | { what: 'undo'; run: string })

export type Options = Place & {
  what: 'import'
  /** The file beside which the report and the state are written. */
  file: string
  stdin: boolean
  dryRun: boolean
  format: SourceName | undefined
  mapping: Mapping
  encoding: string | undefined
  table: string | undefined
  /** Columns of the file that the operator's mapping file names. */
  mapped: string[]
  hashing: Hashing
  firebase: FirebaseConfig | undefined
  verified: boolean
  admins: AdminRule[]
  states: Map<string, State>
  ignored: string[]
  withoutPasswords: boolean
  /** The address of the user whose password is verified first. */
  tries: string | undefined
  update: boolean
  keepIds: boolean
  idsFile: string | undefined
  metadata: string[]
  secrets: string | undefined
  rpId: string | undefined
  bridge: boolean
  reportFile: string
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
  'keep-ids': { type: 'boolean', default: false },
  ids: { type: 'string' },
  metadata: { type: 'string' },
  secrets: { type: 'string' },
  'rp-id': { type: 'string' },
  bridge: { type: 'boolean', default: false },
  runs: { type: 'boolean', default: false },
  undo: { type: 'string' },
  'without-passwords': { type: 'boolean', default: false },
  remote: { type: 'boolean', default: false },
  'persist-to': { type: 'string' },
  env: { type: 'string' },
} as const

/** Options that have a meaning without a file to import. */
const placeOptions = ['remote', 'persist-to', 'env']

/**
 * Refuses --runs and --undo together with a file or an option of the import: `--undo RUN --dry-run` would remove users.
 * @throws Stop
 */
const checkAlone = (option: 'runs' | 'undo', values: object, positionals: string[]): void => {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== false)
  const others = given.map(([name]) => name).filter((name) => name !== option && !placeOptions.includes(name))
  if (positionals.length > 0 || others.length > 0)
    throw new Stop(
      `--${option} cannot be combined with ${[...positionals, ...others.map((name) => `--${name}`)].join(', ')}. Only --remote, --persist-to and --env go with it.`,
    )
}

/** Parses the command line. Returns undefined if it asks for help. @throws Stop with what is wrong */
export const readOptions = (args: string[]): Options | Other | undefined => {
  const { values, positionals } = readArguments('import', args, options)
  if (values.help) return
  if (values.remote && values['persist-to'] !== undefined)
    throw new Stop('--persist-to names a local database, so it cannot be combined with --remote.')
  const place = {
    remote: values.remote,
    env: values.env,
    persistTo: resolve(values['persist-to'] ?? localState),
  }
  if (values.runs) {
    checkAlone('runs', values, positionals)
    return { ...place, what: 'runs' }
  }
  if (values.undo !== undefined) {
    checkAlone('undo', values, positionals)
    return { ...place, what: 'undo', run: values.undo }
  }
  const [named, ...others] = positionals
  const file = named === '/dev/stdin' ? '-' : named
  if (file === undefined || others.length > 0)
    throw new Stop('The command needs exactly one file: npm run import -- FILE')
  if (file !== '-' && !existsSync(file)) throw new Stop(`There is no file ${file}.`)
  if (values.encoding !== undefined) checkEncoding(values.encoding)
  const format = values.format as SourceName | undefined
  if (format !== undefined && !sourceNames.includes(format))
    throw new Stop(`--format must be one of ${sourceNames.join(', ')}.`)
  if (file === '-' && values.try !== undefined)
    throw new Stop('--try reads the password from the standard input, so the users must be in a file.')
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
    keepIds: values['keep-ids'],
    idsFile: values.ids === undefined ? undefined : resolve(values.ids),
    metadata: readMetadata(values.metadata ?? ''),
    secrets: values.secrets === undefined ? undefined : resolve(values.secrets),
    rpId: values['rp-id'],
    bridge: values.bridge,
  }
}
