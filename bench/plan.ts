import { betterAuth } from './better-auth.ts'
import { floor, floorSql, nothing } from './floor-side.ts'
import { gatehouse } from './gatehouse.ts'
import type { Person } from './load.ts'
import type { Running } from './servers.ts'
import { hashing, type Operation, type Side, type Size } from './side.ts'
import type { Variant } from './workers/better-auth-options.ts'
import type { Workshop } from './workers.ts'

/** The same peer with different settings, which the table on the page describes. */
export const variants = {
  'Better Auth': {},
  'Better Auth, tuned': { JOINS: 'on' },
  'Better Auth, tuned, cookie cache': { JOINS: 'on', COOKIE_CACHE: 'on' },
  'Better Auth, tuned, with our hash': { JOINS: 'on', HASH: 'gatehouse' },
  'Better Auth, tuned, admin and jwt': { JOINS: 'on', PLUGINS: 'on' },
  'Better Auth, tuned, everything': { JOINS: 'on', PLUGINS: 'everything' },
} as const satisfies Record<string, Variant>
export type VariantName = keyof typeof variants

export const ours = 'Gatehouse'
export const tuned = 'Better Auth, tuned'
export const everything = 'Better Auth, tuned, everything'

/** Which variants are compared with Gatehouse at each operation. */
const rivals: Record<Operation, VariantName[]> = {
  register: [tuned, 'Better Auth, tuned, with our hash'],
  'log in': [tuned, 'Better Auth, tuned, with our hash'],
  'check a session': ['Better Auth', tuned, everything],
  'check, revocation delayed': ['Better Auth, tuned, cookie cache'],
  'refresh a session': ['Better Auth', tuned, everything],
  'issue a token': ['Better Auth, tuned, admin and jwt', everything],
  'change password': [tuned, 'Better Auth, tuned, with our hash'],
  'sign out': ['Better Auth', tuned, everything],
  'list users': ['Better Auth, tuned, admin and jwt', everything],
}

/** One line of the table: one contestant at one operation, with one number of connections. */
export type Cell = {
  group: string
  who: string
  connections: number
  requests: number
  /** Requests before anything is measured. */
  warming: number
  server: Running
  people: Person[]
}

export type Sides = { gatehouse: Awaited<ReturnType<typeof gatehouse>>; peers: Map<VariantName, Side> }

/**
 * How much work a run is: the rounds over all cells, the requests of one cell, and whether variants take part that only
 * explain others.
 */
export type Effort = {
  rounds: number
  everybody: boolean
  cheap: [number, number]
  dear: [number, number]
  warming: number
  users: number
}

export const efforts = {
  full: { rounds: 5, everybody: true, cheap: [150, 600], dear: [4, 24], warming: 1200, users: 1000 },
  quick: { rounds: 1, everybody: false, cheap: [20, 80], dear: [1, 0], warming: 100, users: 200 },
} as const satisfies Record<string, Effort>

/** Returns how many sessions one side needs that can be ended or renewed only once. */
const endsOf = ({ rounds, cheap, warming }: Effort) => rounds * (cheap[0] + cheap[1]) + warming + 64

export const makeSides = async (effort: Effort): Promise<Sides> => {
  const size: Size = { users: effort.users, ends: endsOf(effort) }
  const peers = new Map<VariantName, Side>()
  for (const [name, variant] of Object.entries(variants))
    peers.set(name as VariantName, await betterAuth(size, variant))
  return { gatehouse: await gatehouse(size), peers }
}

/** Starts every Worker, and returns what is measured at each. */
export const makeCells = async ({ start }: Workshop, sides: Sides, effort: Effort): Promise<Cell[]> => {
  const cells: Cell[] = []
  const add = (group: string, who: string, server: Running, dear: boolean, person: (number: number) => Person) => {
    const people = Array.from({ length: 16 }, (_, number) => person(number))
    const [alone, many] = dear ? effort.dear : effort.cheap
    const warming = dear ? 1 : effort.warming
    cells.push({ group, who, connections: 1, requests: alone, warming, server, people: people.slice(0, 1) })
    if (many > 0) cells.push({ group, who, connections: 16, requests: many, warming: 0, server, people })
  }

  const own = await start('gatehouse', sides.gatehouse)
  const verifier = await start('verifier', { bindings: sides.gatehouse.verifier })
  const peers = new Map<VariantName, Running>()
  const explains = (name: VariantName) =>
    name === 'Better Auth' || name === 'Better Auth, tuned, with our hash' || name === everything
  for (const [name, side] of sides.peers)
    if (effort.everybody || !explains(name))
      peers.set(name, await start(name === everything ? 'better-auth-everything' : 'better-auth', side))
  const bare = await start('floor', { sql: floorSql(effort.users) })
  const empty = await start('empty')

  for (const [operation, names] of Object.entries(rivals) as [Operation, VariantName[]][]) {
    const dear = hashing.includes(operation)
    const elsewhere = operation === 'check, revocation delayed'
    const person = (side: Side) => (number: number) => side.person(operation, number)!
    add(operation, ours, elsewhere ? verifier : own, dear, person(sides.gatehouse))
    for (const name of names) {
      const server = peers.get(name)
      if (server) add(operation, name, server, dear, person(sides.peers.get(name)!))
    }
  }
  add('floor', 'nothing at all', empty, false, nothing)
  for (const [name, person] of Object.entries(floor)) {
    const dear = name.startsWith('one scrypt')
    if (effort.everybody || !dear) add('floor', name, bare, dear, person)
  }
  return cells
}
