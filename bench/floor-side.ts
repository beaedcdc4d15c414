import type { Person } from './load.ts'
import { addressOf, always, get, inserts, password, post } from './side.ts'

/** Returns statements that create a table as wide as that of users, with one row for each person. */
export const floorSql = (users: number): string[] => {
  const rows = Array.from({ length: users }, (_, number) => ({
    id: `${number}`,
    email: addressOf(number),
    email_canonical: addressOf(number),
    password: 'x'.repeat(90),
    name: `Person ${number}`,
    phone: null,
    role: 'user',
    status: 'active',
    email_verified_at: 1,
    pending_email: null,
    avatar: null,
    created_at: 1,
    updated_at: 1,
    last_login_at: null,
  }))
  const columns = Object.keys(rows[0]!).map((name) => (name === 'id' ? 'id text primary key' : name))
  return [`create table people (${columns.join(', ')})`, ...inserts('people', rows)]
}

/** The work of the floor's Worker: one round trip, or one hash. */
export const floor = {
  'one D1 read': (number: number): Person => always(() => get(`/read/${number}`), 200, addressOf(number)),
  'one D1 write beside one KV read': (number: number): Person =>
    always(() => post(`/write/${number}`, ''), 200, '"changes":1'),
  'one scrypt, noble 2^15/8/3': () => hash('noble/15/8/3'),
  'one scrypt, native 2^15/8/3': () => hash('native/15/8/3'),
  'one scrypt, native 2^14/16/1': () => hash('native/14/16/1'),
} as const

const hash = (path: string): Person => always(() => post(`/${path}`, password), 200, '"bytes"')

export const nothing = (): Person => always(() => get('/'), 204, '')
