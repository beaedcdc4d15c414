import { secretNames } from './secret-settings.ts'
import { units } from './setting-values.ts'

type Key = { kid: string } | { id: string }

/** Returns a value that was read, in the form in which it is set. Not set: an empty text. */
const textOf = (value: unknown): string => {
  if (value instanceof Date) return value.getTime() === 0 ? '' : value.toISOString()
  if (Array.isArray(value)) return value.join(' ')
  if (typeof value !== 'object' || value === null) return `${value ?? ''}`
  if (!('window' in value))
    return Object.entries(value)
      .map((pair) => pair.join('='))
      .join() // a cost of scrypt
  const { limit, window } = value as { limit: number; window: number }
  const [unit, ms] = Object.entries(units).findLast(([, ms]) => window % ms === 0)!
  return `${limit}/${window / ms}${unit}`
}

/**
 * Returns what admins are shown of the settings with these names: the values of all that are not secrets, the ids of
 * keys with the current one first, and which secrets are set.
 */
export const shownSettings = (names: readonly string[], values: Record<string, unknown>) => {
  const secrets: readonly string[] = secretNames
  const each = <T>(some: readonly string[], show: (value: unknown) => T): Record<string, T> =>
    Object.fromEntries(some.map((name) => [name, show(values[name])]))
  return {
    settings: each(
      names.filter((name) => !secrets.includes(name)),
      textOf,
    ),
    keys: each(
      secrets.filter((name) => name.endsWith('_KEYS')),
      (keys = []) => (keys as Key[]).map((key) => ('kid' in key ? key.kid : key.id)),
    ),
    secrets: each(secrets, Boolean),
  }
}
