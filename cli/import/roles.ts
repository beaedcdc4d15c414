import { Stop } from '../lib/database.ts'
import { plain } from './columns.ts'
import type { Fields } from './reading/entry.ts'
import { isYes, word } from './values.ts'

/** Columns by which systems tell their administrators. What they say makes nobody one here: --admins does. */
const roleColumns =
  /^(?:(?:user|account|member)?roles?|is(?:super)?admin|issuperuser|issuperadmin|isstaff|superadmin|superuser|admin|administrator|rolename|approles)$/

export const isRoleColumn = (name: string): boolean => roleColumns.test(plain(name))

/** The words of a column of roles: one, several in an array, in JSON, or apart by commas. */
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

/** Who becomes an admin: a column, and the word that makes one; without a word, a yes. */
export type AdminRule = { column: string; value: string | undefined }

/** @throws Stop */
export const readAdmins = (texts: string[]): AdminRule[] =>
  texts.map((text) => {
    const [, column = '', value] = /^([^=]+)(?:=(.+))?$/.exec(text) ?? []
    if (column === '') throw new Stop('--admins is COLUMN=VALUE, as role=admin, or a COLUMN that says yes or no.')
    return { column, value: value === undefined ? undefined : word(value) }
  })

const fieldOf = (fields: Fields, column: string): unknown => {
  if (column in fields) return fields[column]
  const name = Object.keys(fields).find((one) => plain(one) === plain(column))
  if (name !== undefined) return fields[name]
  return column.split('.').reduce<unknown>((value, part) => (value as Fields | undefined)?.[part], fields)
}

/** Whether a rule applies, and which rules' columns the entry has. */
export const isAdmin = (fields: Fields, rules: AdminRule[]): boolean =>
  rules.some(({ column, value }) => {
    const said = fieldOf(fields, column)
    return value === undefined ? isYes(said) : rolesOf(said).includes(value)
  })

export const hasColumn = (fields: Fields, column: string): boolean => fieldOf(fields, column) !== undefined
