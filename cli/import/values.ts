const yes = new Set(['true', 't', 'yes', 'y', '1', 'on'])
const no = new Set(['', 'false', 'f', 'no', 'n', '0', 'off', 'null', 'none'])

const word = (value: unknown) =>
  String(value ?? '')
    .trim()
    .toLowerCase()

/** A yes as JSON, PostgreSQL and CSV write it. Any other text is a no: a right is not given for a word that nobody knows. */
export const isYes = (value: unknown): boolean => yes.has(word(value))

/** Anything but a no: a time when it happened, for instance. For what takes a right away. */
export const isSet = (value: unknown): boolean => !no.has(word(value))

/** Seconds before 2001-09-09 and milliseconds before 1973 are out of use, so that digits tell the unit. */
const units = [
  { digits: /^\d{9,10}(\.\d+)?$/, milliseconds: 1000 },
  { digits: /^\d{12,13}(\.\d+)?$/, milliseconds: 1 },
  { digits: /^\d{15,16}(\.\d+)?$/, milliseconds: 0.001 },
]

/**
 * A time as databases write it: ISO 8601, PostgreSQL's `2024-05-01 12:00:00.123+00`, seconds, milliseconds or
 * microseconds since 1970. Without a zone it is UTC. Undefined for what is not a time, and for a time to come.
 */
export const timeOf = (value: unknown, now: Date): Date | undefined => {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : ''
  const unit = units.find(({ digits }) => digits.test(text))
  const iso = text
    .replace(/ UTC$/, 'Z')
    .replace(/^(\d{4}-\d\d-\d\d)[ T]/, '$1T')
    .replace(/([+-]\d\d)$/, (zone, hours, at) => (at > 10 ? `${hours}:00` : zone))
    .replace(/([+-]\d\d)(\d\d)$/, (zone, hours, minutes, at) => (at > 10 ? `${hours}:${minutes}` : zone))
    .replace(/(T[\d:.]+)$/, '$1Z')
  const time = unit ? new Date(Math.floor(Number(text) * unit.milliseconds)) : new Date(iso)
  if (!unit && !/^\d{4}-\d\d-\d\d/.test(iso)) return
  return time.getTime() >= 0 && time <= now ? time : undefined
}
