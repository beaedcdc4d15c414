const yes = new Set(['true', 't', 'yes', 'y', '1', 'on'])
const no = new Set(['', 'false', 'f', 'no', 'n', '0', 'off', 'null', 'none', 'nil', '-1'])

/** How files write an empty value: MySQL's `\N`, Go's nil, MySQL's zero date. */
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

/** Returns a value, or undefined for an empty one. A value in MongoDB's extended JSON is unwrapped. */
export const given = (value: unknown): unknown => {
  if (value === null || (typeof value === 'string' && nothing.has(value.trim()))) return
  if (typeof value !== 'object') return value
  const [[key, inner] = ['', undefined], ...others] = Object.entries(value as object)
  return others.length === 0 && /^\$(?:date|oid|number\w+|uuid)$/.test(key) ? given(inner) : value
}

/** Returns a word as it is compared: in lower case, with `_` between its parts. */
export const word = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? ''
    : String(value ?? '')
        .trim()
        .toLowerCase()
        .replace(/[\s-]+(?=.)/g, (gap, at) => (at === 0 ? gap : '_'))

/**
 * Whether a value is a yes as JSON, PostgreSQL and CSV write it. No other text is one: an unknown word must give no
 * right.
 */
export const isYes = (value: unknown): boolean => yes.has(word(value))

/** Whether a value is a no, or empty. */
export const isNo = (value: unknown): boolean => typeof value !== 'object' && no.has(word(value))

/** The number of digits shows the unit, because numbers for times before 1973-03-03 hardly occur. */
const units = [
  { digits: /^\d{9,11}(\.\d+)?$/, milliseconds: 1000 },
  { digits: /^\d{12,14}(\.\d+)?$/, milliseconds: 1 },
  { digits: /^\d{15,16}(\.\d+)?$/, milliseconds: 0.001 },
]

/**
 * Parses a time as databases write it: ISO 8601, PostgreSQL's `2024-05-01 12:00:00.123+00`, or seconds, milliseconds or
 * microseconds since 1970. A time without a zone is in UTC. Undefined for anything else and for times before 1970.
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

/** Parses a time in the past. Undefined for a time in the future. */
export const timeOf = (value: unknown, now: Date): Date | undefined => {
  const time = momentOf(value)
  return time && time <= now ? time : undefined
}
