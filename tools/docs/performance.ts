import { type Budget, inFull } from '../../test/support/budgets/budget.ts'
import { budgetOf } from '../generate/budgets.ts'
import { besides, dollarsOfAMillion, money } from '../generate/costs-page.ts'
import { madePart, table } from './generated-section.ts'
import { page } from './markdown.ts'

/**
 * Makes the tables of docs/operate/performance.md: what the commonest requests may cost; how long a client waits for
 * the network (a model on paper: from the client to the nearest Cloudflare location and back, and from there to the
 * database and back for each round trip of the budgets); and how the service compares with its peers in the last
 * benchmark.
 */

/** Milliseconds for the way there and back. */
type Place = { name: string; toPrimary: number; toReplica: number; replica: string }

/** Milliseconds from the client to Cloudflare and back, if the city has a location. */
const toCloudflare = 10

/** With the primary in western Europe. docs/operate/performance.md says where the figures come from. */
const places: Place[] = [
  { name: 'Sydney', toPrimary: 280, toReplica: 10, replica: 'Oceania' },
  { name: 'Frankfurt', toPrimary: 15, toReplica: 15, replica: 'the primary itself' },
  { name: 'São Paulo', toPrimary: 195, toReplica: 120, replica: 'eastern North America: D1 has none nearer' },
]

type Line = {
  what: string
  budget: Budget
  /** A replica may answer it. */
  near?: boolean
  /**
   * Better Auth at its best: the name of a row in docs/reference/benchmark.md, or the round trips of version 1.7.24,
   * counted in the same way.
   */
  peer: string | number
}

const lines: Line[] = [
  {
    what: 'read the profile',
    budget: budgetOf('GET /api/user/profile', 'signed in'),
    near: true,
    peer: 'check a session',
  },
  { what: 'list one’s sessions', budget: budgetOf('GET /api/user/sessions', 'signed in'), near: true, peer: 2 },
  { what: 'refresh', budget: budgetOf('POST /api/auth/refresh', 'first'), peer: 'refresh a session' },
  { what: 'log in', budget: budgetOf('POST /api/auth/login', 'right, a known device'), peer: 'log in' },
  { what: 'log in, wrong password', budget: budgetOf('POST /api/auth/login', 'wrong'), peer: 1 },
  { what: 'register', budget: budgetOf('POST /api/auth/register', 'a new address'), peer: 'register' },
  {
    what: 'change the password',
    budget: budgetOf('POST /api/user/change-password', 'right, with another session'),
    peer: 'change password',
  },
  { what: 'ask for a reset', budget: budgetOf('POST /api/auth/forgot-password', 'known'), peer: 2 },
  { what: 'reset the password', budget: budgetOf('POST /api/auth/reset-password', 'the link'), peer: 7 },
  { what: 'log out', budget: budgetOf('POST /api/auth/logout', 'signed in'), peer: 'sign out' },
]

const tripsOf = ({ budget }: Line) => inFull(budget).trips[0]

const benchmark = (heading: string) => {
  const [head = [], ...rows] = page('docs/reference/benchmark.md').sections.find(
    (section) => section.heading === heading,
  )!.tables[0]!
  return { column: (name: string) => head.indexOf(name), rows }
}

const peersTrips = (operation: string, peer: string) => {
  const { column, rows } = benchmark('Round trips to D1')
  const trips = Number(rows.find(([what]) => what === operation)?.[column(peer)])
  if (!Number.isInteger(trips)) throw new Error(`docs/reference/benchmark.md has no trips of "${operation}", ${peer}`)
  return trips
}

const peersOf = ({ peer }: Line) => (typeof peer === 'number' ? peer : peersTrips(peer, 'Better Auth, tuned'))

const waits = ({ toPrimary, toReplica }: Place, line: Line) => {
  const over = (trips: number, each: number) => toCloudflare + trips * each
  const ours = over(tripsOf(line), toPrimary)
  const near = line.near ? over(tripsOf(line), toReplica) : ours
  return [ours, near, over(peersOf(line), toPrimary)]
}

const costs = () =>
  table([
    ['', 'D1 trips', 'rows read, at most', 'rows written, at most', 'besides', 'a million, in dollars'],
    ...lines.map(({ what, budget }) => {
      const { trips, rows } = inFull(budget)
      const all = trips[1] > 0 ? `${trips[0]} + ${trips[1]} after` : trips[0]
      return [what, all, ...rows, besides(inFull(budget)), money(dollarsOfAMillion(budget))]
    }),
  ])

const distances = () => {
  const assumed = table([
    ['from', 'to Cloudflare', 'on to the primary', 'on to the nearest replica'],
    ...places.map(({ name, toPrimary, toReplica, replica }) => [
      name,
      toCloudflare,
      toPrimary,
      `${toReplica} (${replica})`,
    ]),
  ])
  const waited = table([
    [
      '',
      'D1 trips: ours · the peer’s',
      ...places.map(({ name }) => `${name}: primary only · with replicas · the peer`),
    ],
    ...lines.map((line) => [
      line.what,
      `${tripsOf(line)} · ${peersOf(line)}`,
      ...places.map((place) => waits(place, line).join(' · ')),
    ]),
  ])
  return `${assumed}\n\n${waited}`
}

/**
 * Of several peers in the benchmark of an operation, the last without *everything* is the most similar: with our hash,
 * or with the same features. Those with *everything* are shown too.
 */
const compared = () => {
  const { column, rows } = benchmark('Load')
  const measured = rows.filter((row) => row[column('× rate')])
  const operations = [...new Set(measured.map(([operation = '']) => operation))]
  return table([
    ['', 'the peer', '× requests a second', '× CPU time'],
    ...operations.flatMap((operation) => {
      const rivals = measured.filter(([name]) => name === operation)
      const complete = rivals.filter((row) => row[column('who')]!.endsWith('everything'))
      const alike = rivals.filter((row) => !complete.includes(row)).at(-1)!
      return [alike, ...complete].map((row) => [
        operation,
        row[column('who')]!,
        row[column('× rate')]!,
        row[column('× CPU')]!,
      ])
    }),
  ])
}

const part = (make: () => string, name: string) =>
  madePart('docs/operate/performance.md', 'tools/docs/performance.ts', make, name)

const parts = [part(costs, 'costs'), part(distances, 'distances'), part(compared, 'comparison')]

export const performance = { faults: () => parts.flatMap(({ faults }) => faults()) }

if (import.meta.main) for (const { write } of parts) write()
