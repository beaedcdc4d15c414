const yes = new Set(['true', 't', 'yes', 'y', '1', 'on'])
const no = new Set(['', 'false', 'f', 'no', 'n', '0', 'off', 'null', 'none', 'nil', '-1'])

/** How tables write that there is nothing: MySQL's `\N`, Go's nil, MySQL's day that never was. */
const nothing = new Set([
  '',
  '\\N',
  'NULL',
  'null',
  'nil',
  '<nil>',
  '(null)',
  '<null>',
  '0000-00-00',
  '0000-00-00 00:00:00',
])

/** A value, or undefined where there is none. What MongoDB wraps to tell its type comes out of it. */
export const given = (value: unknown): unknown => {
  if (value === null || (typeof value === 'string' && nothing.has(value.trim()))) return
  if (typeof value !== 'object') return value
  const [[key, inner] = ['', undefined], ...others] = Object.entries(value as object)
  return others.length === 0 && /^\$(?:date|oid|number\w+|uuid)$/.test(key) ? given(inner) : value
}

/** A word as it is compared: without case, and with `_` for what separates its parts. */
export const word = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? ''
    : String(value ?? '')
        .trim()
        .toLowerCase()
        .replace(/[\s-]+(?=.)/g, (gap, at) => (at === 0 ? gap : '_'))

/** A yes as JSON, PostgreSQL and CSV write it. Any other text is a no: a right is not given for a word that nobody knows. */
export const isYes = (value: unknown): boolean => yes.has(word(value))

export const isNo = (value: unknown): boolean => typeof value !== 'object' && no.has(word(value))

/** Anything but a no: a time when it happened, for instance. For what takes a right away. */
export const isSet = (value: unknown): boolean => given(value) !== undefined && !isNo(value)

/** Seconds before 2001-09-09 and milliseconds before 1973 are out of use, so that digits tell the unit. */
const units = [
  { digits: /^\d{9,11}(\.\d+)?$/, milliseconds: 1000 },
  { digits: /^\d{12,14}(\.\d+)?$/, milliseconds: 1 },
  { digits: /^\d{15,16}(\.\d+)?$/, milliseconds: 0.001 },
]

/**
 * A time as databases write it: ISO 8601, PostgreSQL's `2024-05-01 12:00:00.123+00`, seconds, milliseconds or
 * microseconds since 1970. Without a zone it is UTC. Undefined for what is not a time.
 */
export const momentOf = (value: unknown): Date | undefined => {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : ''
  if (!/^\d/.test(text)) return
  const unit = units.find(({ digits }) => digits.test(text))
  const iso = text
    .replace(/ UTC$/, 'Z')
    .replace(/^(\d{4}-\d\d-\d\d)[ T]/, '$1T')
    .replace(/ (?=[+-]\d\d:?\d\d$)/, '')
    .replace(/([+-]\d\d)$/, (zone, hours, at) => (at > 10 ? `${hours}:00` : zone))
    .replace(/([+-]\d\d)(\d\d)$/, (zone, hours, minutes, at) => (at > 10 ? `${hours}:${minutes}` : zone))
    .replace(/(T[\d:.]+)$/, '$1Z')
  const time = unit ? new Date(Math.floor(Number(text) * unit.milliseconds)) : new Date(iso)
  if (!unit && !/^\d{4}-\d\d-\d\d/.test(iso)) return
  return time.getTime() >= 0 ? time : undefined
}

/** The same, and undefined for a time to come. */
export const timeOf = (value: unknown, now: Date): Date | undefined => {
  const time = momentOf(value)
  return time && time <= now ? time : undefined
}
