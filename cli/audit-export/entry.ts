/**
 * An entry as `GET /api/admin/audit` returns it. `sealed`: the account was deleted, so nobody can read the address, the
 * user agent and the detail of the entry.
 */
export type Entry = {
  id: string
  at: string
  event: string
  user_id: string | null
  actor_id: string | null
  ip: string | null
  user_agent: string | null
  detail: unknown
  count: number
  sealed: boolean
}

const columns = ['id', 'at', 'event', 'user_id', 'actor_id', 'ip', 'user_agent', 'detail', 'count', 'sealed'] as const

/**
 * Returns a field of CSV (RFC 4180). Visitors choose their user agents, so an apostrophe in front keeps spreadsheets
 * from taking a user agent for a formula (ASVS 1.2.10).
 */
const field = (value: unknown): string => {
  const text = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
  const harmless = /^[=+\-@\t\r\0]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

const row = (values: unknown[]) => `${values.map(field).join(',')}\r\n`

/** A format of the file: its first line, and the line of an entry. */
export const formats = {
  ndjson: { head: '', line: (entry: Entry) => `${JSON.stringify(entry)}\n` },
  csv: { head: row([...columns]), line: (entry: Entry) => row(columns.map((name) => entry[name])) },
}
