import { masked } from '../../src/domain/masked.ts'
import { Stop } from '../lib/database.ts'
import type { Options } from './arguments.ts'
import { plain } from './columns.ts'
import { sources } from './sources/sources.ts'
import type { Counts, Survey } from './survey.ts'

export const number = (count: number) => count.toLocaleString('en')

const counts = (each: Counts) =>
  [...each]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${number(count)} ${name}`)
    .join(', ')

const some = (names: string[], most = 20) =>
  names.length > most ? `${names.slice(0, most).join(', ')} and ${names.length - most} more` : names.join(', ')

const usedNames = ({ used }: Survey) =>
  new Set([...used.values()].flatMap((names) => [...names].map((name) => plain(name.split('.')[0]!))))

const columnLines = (survey: Survey, options: Options): string[] => {
  const used = usedNames(survey)
  const of = new Set(options.admins.map(({ column }) => plain(column.split('.')[0]!)))
  const unused = [...survey.names].filter((name) => ![used, of, survey.hidden].some((taken) => taken.has(plain(name))))
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
          ? `password not usable (${kind})`
          : `password (${kind})`,
      person.name && `name ${[...person.name][0]}…`,
      person.phone && 'a phone number',
      person.emailVerifiedAt ? 'verified' : 'not verified',
      person.role === 'admin' && 'admin',
      person.status === 'disabled' && 'disabled',
      `since ${person.createdAt.toISOString().slice(0, 10)}`,
    ]
      .filter(Boolean)
      .join(', '),
  )

const passwordLines = ({ users, withPassword, usable, unusable }: Survey): string[] => {
  const none = users - withPassword
  const bad = [...unusable].sort(([, a], [, b]) => b.count - a.count)
  return [
    `${number(withPassword)} have a password that is verified here${withPassword > 0 ? `: ${counts(usable)}` : ''}.`,
    ...bad.map(([kind, { count, why }]) => `${number(count)} of ${kind} cannot be verified here: the hash ${why}.`),
    ...(none > 0 ? [`${number(none)} come without one and set it by "Forgot password".`] : []),
  ]
}

const roleLines = ({ roles, admins }: Survey, options: Options): string[] => {
  const told = [...roles].filter(([, words]) =>
    [...words.keys()].some((word) => !/^(?:false|f|0|no|n|off|user|member|customer|authenticated)$/.test(word)),
  )
  const lines = told.map(([column, words]) => `Roles in ${column}: ${counts(words)}.`)
  if (told.length > 0 && options.admins.length === 0)
    lines.push(`All of them become users: --admins ${told[0]![0]}=${[...told[0]![1].keys()][0]} makes admins of those.`)
  return options.admins.length > 0 || told.length > 0 ? [...lines, `${number(admins)} become admins.`] : lines
}

/** What the file is taken for, for a person to read before anything is sent. */
export const preview = (survey: Survey, options: Options, cpuMs: number): string[] => {
  const { format, lines, users, refused, notes, unverified, disabled, slow, dearestMs } = survey
  return [
    ...(format ? [`Read as ${sources[format].title}.`, ...columnLines(survey, options), ...sampleLines(survey)] : []),
    `${number(lines)} entries: ${number(users)} users, ${number(refused)} refused.`,
    ...(refused + notes > 0 ? [`${options.reportFile} says of each what does not come along, and why.`] : []),
    ...passwordLines(survey),
    `${number(unverified)} have not verified their address, and do so at the first log-in. ${number(disabled)} are disabled.`,
    ...(users > 0 && !options.verified && !survey.used.has('email_verified')
      ? ['No column says who has verified the address. Where the old service verified everybody: --verified']
      : []),
    ...roleLines(survey, options),
    ...(slow > 0
      ? [
          `${number(slow)} passwords take more CPU to verify than limits.cpu_ms = ${cpuMs} allows: set it to ${Math.ceil(dearestMs / 1000) * 1000} in wrangler.toml and deploy before anybody logs in.`,
        ]
      : []),
  ]
}

const unknownWords = (unknown: Survey['unknown']) =>
  [...unknown].map(([column, words]) => `${column}: ${counts(words)}`).join('; ')

/**
 * Stops what nobody can have meant.
 * @throws Stop with what is missing and what to give
 */
export const check = (survey: Survey, options: Options): void => {
  const { names, used, unknown, lines, refused, users } = survey
  const all = `The columns are: ${some([...names], 40)}.`
  const read = lines > refused || names.size > 0
  if (!read) return
  const missing = options.mapped.filter(
    (path) => ![...names].some((name) => name === path || plain(name) === plain(path.split('.')[0]!)),
  )
  if (missing.length > 0) throw new Stop(`The mapping names ${missing.join(', ')}, which the file has not. ${all}`)
  const lost = options.admins
    .map(({ column }) => column)
    .filter((column) => ![...names].some((name) => plain(name) === plain(column.split('.')[0]!)))
  if (lost.length > 0) throw new Stop(`--admins names ${lost.join(', ')}, which the file has not. ${all}`)
  if (!used.has('email'))
    throw new Stop(`No column with addresses was found. ${all} Name it in a file of --mapping: {"email": "…"}.`)
  if (!used.has('password') && !options.withoutPasswords)
    throw new Stop(
      `No column with password hashes was found. ${all} Name it in a file of --mapping, or say --without-passwords: everybody sets one by "Forgot password" then.`,
    )
  if (unknown.size > 0)
    throw new Stop(
      `Whether somebody may log in is said by words that are not known: ${unknownWords(unknown)}. Say of each what it means, as --state ${[...[...unknown.values()][0]!.keys()][0]}=disabled (or active, deleted), or that the column says something else: --ignore ${[...unknown.keys()][0]}.`,
    )
  if (users === 0 && lines > 0) throw new Stop('Nobody would come.')
}
