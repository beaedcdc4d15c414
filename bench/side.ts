import type { Answer, Ask, Person } from './load.ts'

/** What is measured. The words stand in the table. */
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

/** Of these a request costs a hash or two: seconds, not milliseconds. */
export const hashing: readonly Operation[] = ['register', 'log in', 'change password']

/** A contestant that can be asked: what it is served with, and who asks it for what. */
export type Side = {
  bindings: Record<string, string>
  sql: string[]
  /** Somebody who does this operation again and again; undefined where it has none. The same number is the same person. */
  person: (operation: Operation, number: number) => Person | undefined
}

/** How many there are of what. `ends`: sessions that may be ended, or renewed where that can be done once. */
export type Size = { users: number; ends: number }

export const password = 'correct horse battery staple'

/** Those before have passwords that change, which ends their other sessions. */
const firstToLogIn = 64

/** Whose session the one of this number is, of those that are ended or renewed. */
export const ownerOf = (number: number, users: number) => firstToLogIn + (number % (users - firstToLogIn))

/** Who logs in next, of the people that the same number stands for: never the same one twice in a row. */
export const loggingIn = (number: number, users: number): (() => string) => {
  let next = number
  return () => {
    next += 16
    return addressOf(ownerOf(next, users))
  }
}
export const addressOf = (number: number) => `person.${number}@example.com`

/** Sent by everybody: both sides write down what asks and from where. */
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
 * Somebody who never changes.
 * @param has what a right answer contains: some wrong ones have the same status
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

/** The statements that put these rows into a table, a hundred rows in each. */
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
