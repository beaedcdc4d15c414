import type { Answer, Ask, Person } from './load.ts'

/** The operations that are measured. The table on the page describes each. */
export const operations = [
  'register',
  'log in',
  'check a session',
  'check, revocation delayed',
  'refresh a session',
  'issue a token',
  'change password',
  'sign out',
  'list users',
] as const
export type Operation = (typeof operations)[number]

/** Operations whose requests compute one or two hashes, and so take seconds instead of milliseconds. */
export const hashing: readonly Operation[] = ['register', 'log in', 'change password']

/** A contestant: how it is served, and the clients of each operation. */
export type Side = {
  bindings: Record<string, string>
  sql: string[]
  /**
   * Returns a client that repeats this operation; undefined if the contestant does not have it. The same number is the
   * same client.
   */
  person: (operation: Operation, number: number) => Person | undefined
}

/** How many users there are. `ends`: how many sessions may be ended, or renewed if that is possible only once. */
export type Size = { users: number; ends: number }

export const password = 'correct horse battery staple'

/** The first user who logs in. Those before change their passwords, which ends their other sessions. */
const firstToLogIn = 64

/** Returns the owner of a session, by its number, among the sessions that are ended or renewed. */
export const ownerOf = (number: number, users: number) => firstToLogIn + (number % (users - firstToLogIn))

/** Returns the address for each next log-in of one client: never the same one twice in a row. */
export const loggingIn = (number: number, users: number): (() => string) => {
  let next = number
  return () => {
    next += 16
    return addressOf(ownerOf(next, users))
  }
}
export const addressOf = (number: number) => `person.${number}@example.com`

/** Headers of every client: both sides store the user agent and the address. */
const everybody = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'CF-Connecting-IP': '203.0.113.7',
}

export const get = (path: string, headers: Record<string, string> = {}): Ask => ({
  method: 'GET',
  path,
  headers: { ...everybody, ...headers },
})

export const post = (path: string, json: unknown, headers: Record<string, string> = {}): Ask => ({
  method: 'POST',
  path,
  headers: { ...everybody, 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(json),
})

/**
 * Returns a client that sends the same request every time.
 * @param has what a right answer contains, because some wrong answers have the same status
 */
export const always = (
  ask: () => Ask,
  status: number,
  has: string,
  heed: (answer: Answer) => void = () => {},
): Person => ({
  ask,
  heed: (answer) => {
    if (answer.status !== status || !answer.body.includes(has))
      throw new Error(`expected ${status} with ${has}, got ${answer.status}: ${answer.body.slice(0, 300)}`)
    heed(answer)
  },
})

/** Returns the statements that insert these rows into a table, a hundred rows each. */
export const inserts = (table: string, rows: Record<string, string | number | null>[]): string[] => {
  const cell = (value: string | number | null) =>
    value === null ? 'null' : typeof value === 'number' ? `${value}` : `'${value.replaceAll("'", "''")}'`
  const columns = Object.keys(rows[0] ?? {}).map((name) => `"${name}"`)
  const lines = rows.map((row) => `(${Object.values(row).map(cell).join(', ')})`)
  return Array.from({ length: Math.ceil(lines.length / 100) }, (_, chunk) => {
    const values = lines.slice(chunk * 100, chunk * 100 + 100).join(', ')
    return `insert into "${table}" (${columns.join(', ')}) values ${values}`
  })
}
