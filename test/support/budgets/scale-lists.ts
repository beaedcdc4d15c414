import type { Place, World } from '../app/population.ts'
import { spellings } from '../app/written.ts'

/** All kinds of lists of users: a name for the table → the query after `/api/admin/users?`. */
type Query = (world: World) => string

const sorts = ['created_at', '-created_at', 'email', '-email', 'last_login_at', '-last_login_at']

/** `next_cursor` of a page that ends there. */
const cursors: Record<string, (place: Place) => string> = {
  created_at: ({ id }) => id,
  email: ({ email }) => email,
  last_login_at: ({ id, lastLogin }) => `${lastLogin} ${id}`,
}

/** Each filter by itself and with the others: 26. Users who match three are rare, so such a page is short. */
const filters = [undefined, 'admin', 'user'].flatMap((role) =>
  [undefined, 'active', 'disabled'].flatMap((status) =>
    [undefined, 'true', 'false'].flatMap((email_verified) => {
      const given = Object.entries({ role, status, email_verified }).filter(([, value]) => value !== undefined)
      if (given.length === 0) return []
      return `${given.map((pair) => pair.join('=')).join('&')}&per_page=${given.length === 3 ? 5 : 20}`
    }),
  ),
)

const plain = (query: string): [string, Query] => [query, () => query]

const sorted: Record<string, Query> = Object.fromEntries([
  ...sorts.flatMap((sort): [string, Query][] => [
    plain(`sort=${sort}&per_page=100`),
    ...(['middle', 'silent'] as const).map((place): [string, Query] => [
      `sort=${sort}&per_page=100, from the ${place === 'middle' ? 'middle' : 'middle, never logged in'}`,
      (world) => {
        const cursor = encodeURIComponent(cursors[sort.replace('-', '')]!(world[place]))
        return `sort=${sort}&per_page=100&cursor=${cursor}`
      },
    ]),
    plain(`sort=${sort}&page=50`),
  ]),
  plain('email_verified=true&per_page=100'),
  plain('role=user&page=25'),
  ...filters.flatMap((filter): [string, Query][] => [
    plain(filter),
    [`${filter}, from the middle`, ({ middle }) => `${filter}&cursor=${middle.id}`],
  ]),
])

/**
 * Searches that find everybody, nearly everybody, one user and nobody, and some in two spellings. Fewer than three
 * letters match beginnings only.
 */
const words = ['example', 'pe', 'p', '.101@', 'qqqqqq', 'P%C3%89RSON', '999%20999%20999']

const searches: Record<string, Query> = Object.fromEntries([
  ...words.flatMap((search): [string, Query][] => [
    plain(`search=${search}&per_page=100`),
    [
      `search=${search}&per_page=100, from the middle`,
      ({ middle }) => `search=${search}&per_page=100&cursor=${middle.row}`,
    ],
  ]),
  plain('search=example&page=10'),
  ...filters.filter((filter) => !filter.endsWith('=5')).map((filter) => plain(`search=example&${filter}`)),
  plain('search=pe&status=active&per_page=100'),
])

/** Searches that find people by another spelling: a fixed share of the crowd, so a larger crowd has more hits. */
export const otherLetters = 'Search of people in every script'

/** A whole address, and an id, which match one user or nobody. */
export const ofNobody = /^search=(a{64}@|019aa2f6)/

const written = Object.fromEntries(
  spellings.flatMap((search): [string, Query][] => {
    const query = `search=${encodeURIComponent(search)}&per_page=100`
    return [
      [`search=${search}&per_page=100`, () => query],
      [`search=${search}&per_page=100, from the middle`, ({ middle }) => `${query}&cursor=${middle.row}`],
      [`search=${search}&status=active&per_page=100`, () => `${query}&status=active`],
    ]
  }),
)

/** Pages so deep that `page × per_page` is 10,000; each costs the rows before it. */
export const deepPages = 'The deepest pages by number'

const deepest = Object.fromEntries(
  ['sort=email', 'role=user', 'search=example'].map((query) => plain(`${query}&page=500`)),
)

/** All queries, in the order of the table. */
export const lists: Record<string, Record<string, Query>> = {
  'Lists of users': sorted,
  'Search of users': searches,
  [otherLetters]: written,
  [deepPages]: deepest,
}
