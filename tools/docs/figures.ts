import { is } from 'drizzle-orm'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { sourceNames } from '../../cli/import/sources/sources.ts'
import { synonyms } from '../../cli/import/synonyms.ts'
import { aliases } from '../../src/aliases.ts'
import { auditEvents } from '../../src/domain/audit.ts'
import { limits } from '../../src/domain/limits.ts'
import { links, mailKinds } from '../../src/domain/mails.ts'
import * as schema from '../../src/storage/schema.ts'
import { codeSpans, named, page, read, rows, same } from './markdown.ts'

/**
 * Checks what pages say about settings, limits, tables and names in the code. Each function returns its faults, a line
 * each.
 */

/** Pages of mailed links that no older layout had. The page about older layouts has one sentence for all of them. */
const onlyLinks = Object.values(links)
  .map(({ page }) => `/auth/${page}`)
  .filter((path) => !['/auth/verify-email', '/auth/reset-password'].includes(path))

export const settings = () => {
  const code = ['', 'mail-', 'secret-'].map((kind) => read(`src/${kind}settings.ts`)).join('\n')
  const variables = [...code.matchAll(/const (?:variables|mailVariables|secrets) = (\{\n[\s\S]*?\n\})/g)].join('\n')
  const actual = new Map([
    ...[...variables.matchAll(/^ {2}([A-Z_]+): (.*),$/gm)].map(([, name, rule]): [string, string] => [name!, rule!]),
    ...Object.values(links).map(({ setting }): [string, string] => [setting, 'linkTemplate']),
  ])
  const found = rows('docs/reference/settings.md').filter(([first = '']) => /^`[A-Z_]+`$/.test(first))
  const bindings = named(rows('docs/reference/settings.md', 'Bindings'))
  const documented = found.filter(([first]) => !bindings.includes(first!.slice(1, -1)))
  const wrong = documented.flatMap(([first = '', given = '', allowed = '']) => {
    const name = first.slice(1, -1)
    const rule = actual.get(name) ?? ''
    const [, value, least, most] = /^whole\((\d+), (\d+), (\d+)\)/.exec(rule) ?? []
    const [, choices, choice] = /^z\._default\(z\.enum\(\[(.*)\]\), '(.*)'\)/.exec(rule) ?? []
    const expected = value
      ? [value, `${least}–${most}`]
      : choices
        ? [`\`${choice}\``, choices.replaceAll("'", '`')]
        : [given, allowed]
    return expected[0] === given && expected[1] === allowed
      ? []
      : `docs/reference/settings.md: ${name} has the default ${expected[0]} and allows ${expected[1]}`
  })
  const [, env = ''] = /interface __BaseEnv_Env \{\n([\s\S]*?)\n\}/.exec(read('src/bindings.d.ts')) ?? []
  // Optional bindings are in no environment, so wrangler generates no type for them.
  const [, optional = ''] = /type OptionalBindings = \{\n([\s\S]*?)\n\}/.exec(read('src/optional-bindings.ts')) ?? []
  const bound = [...`${env}\n${optional}`.matchAll(/^\s*([A-Z_]+)\??: (?!string;)/gm)].map(([, name]) => name!)
  return [
    ...same('docs/reference/settings.md', named(documented), [...actual.keys()]),
    ...wrong,
    ...same('docs/reference/settings.md, bindings', bindings, bound),
  ]
}

/** The value of each unit in milliseconds, or in bytes. */
const units: Record<string, number> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  KiB: 1024,
  MiB: 1024 ** 2,
}

/** Parses a quantity as people write it. Durations in the code may be in milliseconds or seconds. */
const readings = (text: string): number[] => {
  const [, number, unit = ''] = /^(\d+)(?: (\w+?)s?(?: \w+)*)?$/.exec(text) ?? []
  const value = Number(number) * (units[unit] ?? 1)
  return units[unit] && !/iB$/.test(unit) ? [value, value / 1000] : [value]
}

/**
 * Returns every product of numbers in a declaration, without its strings. The declaration ends at a blank line or where
 * the next one begins.
 */
const numbersIn = (file: string, name: string): number[] => {
  const declared = new RegExp(
    `^(?:export )?const ${name}\\b[\\s\\S]*?(?=\\n\\n|\\n(?:export )?(?:const|type) |\\n$)`,
    'm',
  )
  const [text = ''] = declared.exec(read(`src/${file}`)) ?? []
  const written = text
    .replace(/'[^'\n]*'|`[^`]*`/g, '')
    .replace(/\b(second|minute|hour|day)\b/g, (unit) => String(units[unit]))
  return [...written.matchAll(/\d[\d_]*(?:\s*\*\s*\d[\d_]*)*/g)].map(([product]) =>
    product.split('*').reduce((all, factor) => all * Number(factor.replaceAll('_', '')), 1),
  )
}

export const limitFigures = () => {
  const at = 'docs/reference/limits.md'
  const rates = rows(at, 'Rates').filter(([first = '']) => /^`LIMIT_\w+`$/.test(first))
  const settings = Object.values(limits)
  const wrongRates = rates.flatMap(([first = '', , written = '']) => {
    const limit = settings.find(({ setting }) => setting === first.slice(1, -1))
    if (!limit) return []
    const [, most, window = ''] = /^`(\d+)\/(\d+[smhd])`$/.exec(written) ?? []
    const unit = { s: 'second', m: 'minute', h: 'hour', d: 'day' }[window.at(-1) ?? '']
    return Number(most) === limit.limit && readings(`${window.slice(0, -1)} ${unit}`)[0] === limit.window
      ? []
      : `${at}: ${first} is ${limit.limit} in ${limit.window / 1000} seconds`
  })
  const others = ['Sizes', 'Counts', 'Times'].flatMap((heading) => rows(at, heading))
  const wrongOthers = others.flatMap(([what, value = '', place = '']) => {
    const [file, name] = codeSpans(place)
    if (!file || !name) return `${at}: "${what}" does not say where it is set`
    const actual = numbersIn(file, name)
    return readings(value).some((reading) => actual.includes(reading))
      ? []
      : `${at}: "${what}" is not ${value} in ${file}, ${name}`
  })
  const names = settings.map(({ setting }) => setting)
  return [...same(`${at}, rates`, named(rates), names), ...wrongRates, ...wrongOthers]
}

export const storage = () => {
  const at = 'docs/reference/storage.md'
  const tables = Object.values(schema).flatMap((value: unknown) =>
    is(value, SQLiteTable) ? getTableConfig(value) : [],
  )
  const [overview] = page(at).sections[0]!.tables
  const names = tables.map(({ name }) => name)
  const sections = page(at).sections.map((section) => ({ ...section, names: section.heading.split(' and ') }))
  return [
    ...same(at, named(overview!.slice(1)), names),
    ...sections
      .filter((section) => section.names.some((name) => names.includes(name)))
      .flatMap((section) => {
        const documented = section.tables.flatMap((table) => named(table.slice(1)))
        const actual = tables.filter(({ name }) => section.names.includes(name)).flatMap(({ columns }) => columns)
        const unique = (list: string[]) => [...new Set(list)]
        return same(`${at}, ${section.heading}`, unique(documented), unique(actual.map(({ name }) => name)))
      }),
    ...names
      .filter((name) => !sections.some((section) => section.names.includes(name)))
      .map((name) => `${at}: ${name} has no heading`),
  ]
}

export const vocabulary = () => [
  ...same('docs/reference/audit-events.md', named(rows('docs/reference/audit-events.md')), auditEvents),
  ...same('docs/guides/import.md, formats', named(rows('docs/guides/import.md', 'The file')), sourceNames),
  ...same(
    'docs/guides/import.md, columns',
    codeSpans(
      rows('docs/guides/import.md', 'Columns')
        .map((row) => row.slice(0, 2).join())
        .join('\n'),
    ),
    [...new Set(Object.entries(synonyms).flat(2))],
  ),
  ...same('docs/concepts/mail.md, kinds', named(rows('docs/concepts/mail.md', 'Kinds')), mailKinds),
  ...same(
    'docs/reference/older-layouts.md, paths',
    rows('docs/reference/older-layouts.md', 'Paths').map(([older = '', ours = '']) => `${older} ${ours}`),
    Object.entries(aliases)
      .filter(([older]) => !onlyLinks.includes(older))
      .map(([older, ours]) => `\`${older}\` \`${ours}\``),
  ),
]
