import { type Budget, budgets, inFull } from '../../test/support/budgets/budgets.ts'
import { madePart, table } from './generated-section.ts'
import { page } from './markdown.ts'

/**
 * Makes the tables of docs/latency.md: how long a client waits for the network, by calculation. The time is one round
 * trip from the client to the nearest Cloudflare location, plus one from there to the database for each D1 round trip
 * of the budgets.
 */

/** Milliseconds for a round trip. */
type Place = { name: string; toPrimary: number; toReplica: number; replica: string }

/** From the client to Cloudflare, in a city with a location. */
const toCloudflare = 10

/** With the primary in western Europe. docs/latency.md names the sources of the figures. */
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
   * For Better Auth at its best: the row of docs/benchmark.md, or the round trips of 1.7.24, counted in the same way.
   */
  peer: string | number
}

const lines: Line[] = [
  {
    what: 'read the profile',
    budget: budgets['GET /api/user/profile']['signed in'],
    near: true,
    peer: 'check a session',
  },
  { what: 'list one’s sessions', budget: budgets['GET /api/user/sessions']['signed in'], near: true, peer: 2 },
  { what: 'refresh', budget: budgets['POST /api/auth/refresh'].first, peer: 'refresh a session' },
  { what: 'log in', budget: budgets['POST /api/auth/login']['right, a known device'], peer: 'log in' },
  { what: 'log in, wrong password', budget: budgets['POST /api/auth/login'].wrong, peer: 1 },
  { what: 'register', budget: budgets['POST /api/auth/register']['a new address'], peer: 'register' },
  {
    what: 'change the password',
    budget: budgets['POST /api/user/change-password']['right, with another session'],
    peer: 'change password',
  },
  { what: 'ask for a reset', budget: budgets['POST /api/auth/forgot-password'].known, peer: 2 },
  { what: 'reset the password', budget: budgets['POST /api/auth/reset-password']['the link'], peer: 7 },
  { what: 'log out', budget: budgets['POST /api/auth/logout']['signed in'], peer: 'sign out' },
]

const tripsOf = ({ budget }: Line) => inFull(budget).trips[0]

const peersOf = ({ peer }: Line) => {
  if (typeof peer === 'number') return peer
  const [head = [], ...measured] = page('docs/benchmark.md').sections.find(
    ({ heading }) => heading === 'Round trips to D1',
  )!.tables[0]!
  const trips = Number(measured.find(([what]) => what === peer)?.[head.indexOf('Better Auth, tuned')])
  if (!Number.isInteger(trips)) throw new Error(`docs/benchmark.md has no trips of "${peer}"`)
  return trips
}

const waits = ({ toPrimary, toReplica }: Place, line: Line) => {
  const over = (trips: number, each: number) => toCloudflare + trips * each
  const ours = over(tripsOf(line), toPrimary)
  const near = line.near ? over(tripsOf(line), toReplica) : ours
  return [ours, near, over(peersOf(line), toPrimary)]
}

const make = () => {
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
    ['', 'D1 trips · the peer’s', ...places.map(({ name }) => `${name}: as it comes · with replicas · the peer`)],
    ...lines.map((line) => [
      line.what,
      `${tripsOf(line)} · ${peersOf(line)}`,
      ...places.map((place) => waits(place, line).join(' · ')),
    ]),
  ])
  return `${assumed}\n\n${waited}`
}

export const latency = madePart('docs/latency.md', 'tools/docs/latency.ts', make)

if (import.meta.main) latency.write()
