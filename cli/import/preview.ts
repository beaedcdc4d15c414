import { masked } from '../../src/domain/masked.ts'
import { Stop } from '../lib/database.ts'
import type { Options } from './arguments.ts'
import { plain } from './columns.ts'
import { usualMetadata } from './metadata.ts'
import { isOrdinary } from './roles.ts'
import { sources } from './sources/sources.ts'
import { anObject } from './states.ts'
import type { Counts, Survey } from './survey.ts'

export const number = (count: number) => count.toLocaleString('en')

const counts = (each: Counts) =>
  [...each]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${number(count)} ${name}`)
    .join(', ')

const some = (names: string[], most = 20) =>
  names.length > most ? `${names.slice(0, most).join(', ')} and ${names.length - most} more` : names.join(', ')

/** Returns an argument as a shell takes it. */
const quoted = (argument: string) =>
  /^[\w.:@=-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`

const firstPart = (path: string) => plain(path.split('.')[0]!)

const columnLines = (survey: Survey, options: Options): string[] => {
  const paths = [...survey.used.values()].flatMap((names) => [...names])
  const named = [...options.admins.map(({ column }) => column), ...options.mapped, ...options.metadata]
  const used = new Set([...paths, ...named].map(firstPart))
  const unused = [...survey.names].filter((name) => ![used, survey.hidden].some((taken) => taken.has(plain(name))))
  const rows = [...survey.used].map(([column, names]) => `  ${column.padEnd(14)} ← ${some([...names], 6)}`)
  return [...rows, ...(unused.length > 0 ? [`  not used: ${some(unused)}`] : [])]
}

const sampleLines = ({ samples }: Survey): string[] =>
  samples.map(({ line, person, kind }) =>
    [
      `  line ${line}: ${masked(person.email)}`,
      kind === undefined
        ? 'no password'
        : person.password === null
          ? `unusable password (${kind})`
          : `password (${kind})`,
      person.id ? 'id kept' : person.externalId !== null && 'an external id',
      person.bridged && 'asks the old system',
      person.name && `name ${[...person.name][0]}…`,
      person.phone && 'a phone number',
      person.locale && `language ${person.locale}`,
      person.seeds.length > 0 && 'an authenticator app',
      person.passkeys.length > 0 && 'a passkey',
      person.emailVerifiedAt ? 'verified' : 'not verified',
      person.role === 'admin' && 'admin',
      person.status === 'disabled' && 'disabled',
      `since ${person.createdAt.toISOString().slice(0, 10)}`,
    ]
      .filter(Boolean)
      .join(', '),
  )

const passwordLines = ({ users, withPassword, bridged, usable, unusable }: Survey, { bridge }: Options): string[] => {
  const none = users - withPassword - bridged
  const bad = [...unusable].sort(([, a], [, b]) => b.count - a.count)
  return [
    `Passwords that can be verified here: ${number(withPassword)}${withPassword > 0 ? ` (${counts(usable)})` : ''}.`,
    ...bad.map(
      ([kind, { count, why }]) =>
        `Passwords that cannot be verified here: ${number(count)} (${kind}). The hash ${why}.`,
    ),
    ...(bridge ? [`Users whose password the old system is asked for: ${number(bridged)}.`] : []),
    ...(none > 0
      ? [`Users who are imported without a password: ${number(none)}. They set one with "Forgot password".`]
      : []),
  ]
}

const idLines = ({ ids, keptIds, sharedIds }: Survey): string[] =>
  ids.size === 0
    ? []
    : [
        `Old ids: ${number(ids.size)}. Kept as ids: ${number(keptIds)}. External ids: ${number(ids.size - keptIds)}.`,
        ...(sharedIds > 0
          ? [`Users who are imported without their old id, because somebody else has it: ${number(sharedIds)}.`]
          : []),
      ]

const metadataLines = ({ names, withMetadata, tooMuch }: Survey, { metadata }: Options): string[] => {
  const left = [...names].filter((name) => usualMetadata.includes(name) && !metadata.includes(name))
  return [
    ...(metadata.length > 0
      ? [`Users with metadata: ${number(withMetadata)}. Left out, because it cannot be stored: ${number(tooMuch)}.`]
      : []),
    ...(left.length > 0
      ? [
          `Metadata that is not imported: ${left.join(', ')}. If the users may read it, add --metadata ${left.join(',')}.`,
        ]
      : []),
  ]
}

const localeLines = ({ withLocale, otherLocale }: Survey): string[] =>
  withLocale + otherLocale > 0
    ? [
        `Users with a language: ${number(withLocale)}. Left out, because no mail is written in it: ${number(otherLocale)}.`,
      ]
    : []

const appLines = ({ withApps }: Survey): string[] =>
  withApps > 0
    ? [
        `Users with an authenticator app: ${number(withApps)}. Their log-ins ask for its code; they have no recovery codes.`,
      ]
    : []

const passkeyLines = ({ withPasskeys }: Survey): string[] =>
  withPasskeys > 0
    ? [
        `Users with a passkey: ${number(withPasskeys)}. Log-ins with their password ask for it too; they have no recovery codes.`,
      ]
    : []

const roleLines = ({ roles, admins }: Survey, options: Options): string[] => {
  const told = [...roles].filter(([, words]) => ![...words.keys()].every(isOrdinary))
  const lines = told.map(([column, words]) => `Roles in ${column}: ${counts(words)}.`)
  const [first] = told
  if (first && options.admins.length === 0) {
    const word = [...first[1].keys()].find((one) => !isOrdinary(one))
    lines.push(
      `No role makes anybody an admin by itself. To make an admin of each user with such a role: --admins ${quoted(`${first[0]}=${word}`)}`,
    )
  }
  return options.admins.length > 0 || told.length > 0
    ? [...lines, `Users who become admins: ${number(admins)}.`]
    : lines
}

/** Returns lines that show how the file is read, for a person to check before anything is sent. */
export const preview = (survey: Survey, options: Options, cpuMs: number): string[] => {
  const { format, lines, users, refused, notes, unverified, disabled, slow, dearestMs } = survey
  return [
    ...(format ? [`Read as ${sources[format].title}.`, ...columnLines(survey, options), ...sampleLines(survey)] : []),
    `Entries: ${number(lines)}. Users: ${number(users)}. Refused: ${number(refused)}.`,
    ...(refused + notes > 0 ? [`${options.reportFile} lists what is not imported, and why.`] : []),
    ...passwordLines(survey, options),
    ...idLines(survey),
    ...metadataLines(survey, options),
    ...localeLines(survey),
    ...appLines(survey),
    ...passkeyLines(survey),
    `Users with an unverified address: ${number(unverified)}. They verify it at the first log-in.`,
    ...(users > 0 && !options.verified && !survey.used.has('email_verified')
      ? ['No column says which addresses are verified. If the old service verified all of them, add --verified.']
      : []),
    `Disabled users: ${number(disabled)}.`,
    ...roleLines(survey, options),
    ...(slow > 0
      ? [
          `Passwords that need more CPU time than limits.cpu_ms = ${cpuMs} allows: ${number(slow)}. Set it to ${Math.ceil(dearestMs / 1000) * 1000} in wrangler.toml and deploy before anybody logs in.`,
        ]
      : []),
  ]
}

const unknownWords = (unknown: Survey['unknown']) =>
  [...unknown].map(([column, words]) => `${column}: ${counts(words)}`).join('; ')

const howToSettle = (unknown: Survey['unknown']) => {
  const word = [...unknown.values()].flatMap((words) => [...words.keys()]).find((one) => one !== anObject)
  const ignore = `--ignore ${quoted([...unknown.keys()][0]!)} if the column means something else`
  return word === undefined
    ? `Pass ${ignore}.`
    : `Say what each of them means, such as --state ${quoted(`${word}=disabled`)} (or active, deleted), or pass ${ignore}.`
}

/**
 * Stops an import that nobody can have meant.
 * @throws Stop with what is wrong and which option settles it
 */
export const check = (survey: Survey, options: Options): void => {
  const { names, used, unknown, lines, users, absent } = survey
  if (lines === 0) throw new Stop('The file has no entries.')
  const nobody = `No user in the file can be imported: ${options.reportFile} says why.`
  if (names.size === 0) throw new Stop(nobody)
  const all = `The columns are: ${some([...names], 40)}.`
  if (absent.mapped.size > 0)
    throw new Stop(`The mapping names ${[...absent.mapped].join(', ')}, which the file does not have. ${all}`)
  if (absent.metadata.size > 0)
    throw new Stop(`--metadata names ${[...absent.metadata].join(', ')}, which the file does not have. ${all}`)
  if (absent.admins.size > 0)
    throw new Stop(`--admins names ${[...absent.admins].join(', ')}, which the file does not have. ${all}`)
  if (absent.ignored.size > 0)
    throw new Stop(`--ignore names ${[...absent.ignored].join(', ')}, which the file does not have. ${all}`)
  if (!used.has('email'))
    throw new Stop(`No column of e-mail addresses was found. ${all} Name it in a --mapping file: {"email": "…"}.`)
  if (!used.has('password') && !options.withoutPasswords && !options.bridge)
    throw new Stop(
      `No column of password hashes was found. ${all} Name it in a --mapping file, or pass --without-passwords: then every user sets a password with "Forgot password".`,
    )
  if (unknown.size > 0)
    throw new Stop(`Unknown words say whether somebody may log in: ${unknownWords(unknown)}. ${howToSettle(unknown)}`)
  if (users === 0) throw new Stop(nobody)
}
