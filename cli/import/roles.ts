import { Stop } from '../lib/database.ts'
import { plain } from './columns.ts'
import type { Fields } from './reading/entry.ts'
import { isYes, word } from './values.ts'

/** Columns in which systems name their administrators. They make nobody an admin here; only --admins does. */
const roleColumns =
  /^(?:(?:user|account|member)?roles?|is(?:super)?admin|issuperuser|issuperadmin|isstaff|superadmin|superuser|admin|administrator|rolename|approles)$/

export const isRoleColumn = (name: string): boolean => roleColumns.test(plain(name))

/** Words that stand for a user without special rights. */
export const isOrdinary = (word: string): boolean =>
  /^(?:false|f|0|no|n|off|user|member|customer|authenticated)$/.test(word)

/** Returns the words of a column of roles: one word, or several in an array, in JSON, or separated by commas. */
export const rolesOf = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(rolesOf)
  if (typeof value === 'object' && value !== null) return rolesOf((value as Fields).name ?? Object.keys(value))
  const text = String(value ?? '').trim()
  if (/^[[{]/.test(text))
    try {
      const inner = JSON.parse(text.replace(/^\{([^:{}]*)\}$/, '[$1]')) as unknown
      if (typeof inner === 'object') return rolesOf(inner)
    } catch {}
  return text
    .replace(/^\{(.*)\}$/, '$1')
    .split(/[,;|]/)
    .map((one) => word(one))
    .filter((one) => one !== '')
}

/** Makes an admin of each user who has this value in the column. An undefined value stands for a yes. */
export type AdminRule = { column: string; value: string | undefined }

/** Parses the values of --admins. @throws Stop if one of them is malformed */
export const readAdmins = (texts: string[]): AdminRule[] =>
  texts.map((text) => {
    const [, column = '', value] = /^([^=]+)(?:=(.+))?$/.exec(text) ?? []
    if (column === '')
      throw new Stop('--admins must be COLUMN=VALUE, such as role=admin, or a COLUMN that says yes or no.')
    return { column, value: value === undefined ? undefined : word(value) }
  })

const fieldOf = (fields: Fields, column: string): unknown => {
  if (Object.hasOwn(fields, column)) return fields[column]
  const name = Object.keys(fields).find((one) => plain(one) === plain(column))
  if (name !== undefined) return fields[name]
  return column.split('.').reduce<unknown>((value, part) => (value as Fields | null | undefined)?.[part], fields)
}

/** Whether one of the rules makes an admin of this user. */
export const isAdmin = (fields: Fields, rules: AdminRule[]): boolean =>
  rules.some(({ column, value }) => {
    const said = fieldOf(fields, column)
    return value === undefined ? isYes(said) : rolesOf(said).includes(value)
  })

/** Whether the entry has the column of a rule, even if it is empty. */
export const hasColumn = (fields: Fields, column: string): boolean => fieldOf(fields, column) !== undefined
