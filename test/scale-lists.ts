import { asAdmin, type Operation, type Place } from './scale-world.ts'

const sorts = ['created_at', '-created_at', 'email', '-email', 'last_login_at', '-last_login_at']

/** `next_cursor` of a page that ends there. */
const cursors: Record<string, (place: Place) => string> = {
  created_at: ({ id }) => id,
  email: ({ email }) => email,
  last_login_at: ({ id, lastLogin }) => `${lastLogin} ${id}`,
}

/** Each filter by itself and with the others: 26. Three together are rare, so that a page of them is short. */
const filters = [undefined, 'admin', 'user'].flatMap((role) =>
  [undefined, 'active', 'disabled'].flatMap((status) =>
    [undefined, 'true', 'false'].flatMap((email_verified) => {
      const given = Object.entries({ role, status, email_verified }).filter(([, value]) => value !== undefined)
      if (given.length === 0) return []
      return `${given.map((pair) => pair.join('=')).join('&')}&per_page=${given.length === 3 ? 5 : 20}`
    }),
  ),
)

export const lists: Record<string, Operation> = Object.fromEntries([
  ...sorts.flatMap((sort): [string, Operation][] => [
    [`sort=${sort}&per_page=100`, asAdmin(`users?sort=${sort}&per_page=100`)],
    ...(['middle', 'silent'] as const).map((place): [string, Operation] => [
      `sort=${sort}&per_page=100, from the ${place === 'middle' ? 'middle' : 'middle, never logged in'}`,
      (world) => {
        const cursor = encodeURIComponent(cursors[sort.replace('-', '')]!(world[place]))
        return asAdmin(`users?sort=${sort}&per_page=100&cursor=${cursor}`)(world)
      },
    ]),
    [`sort=${sort}&page=50`, asAdmin(`users?sort=${sort}&page=50`)],
  ]),
  ['email_verified=true&per_page=100', asAdmin('users?email_verified=true&per_page=100')],
  ['role=user&page=25', asAdmin('users?role=user&page=25')],
  ...filters.flatMap((filter): [string, Operation][] => [
    [filter, asAdmin(`users?${filter}`)],
    [`${filter}, from the middle`, (world) => asAdmin(`users?${filter}&cursor=${world.middle.id}`)(world)],
  ]),
])

/** What finds everybody, nearly everybody, one and nobody; less than three letters look at beginnings only. */
const words = ['example', 'pe', 'p', '.101@', 'qqqqqq']

export const searches: Record<string, Operation> = Object.fromEntries([
  ...words.flatMap((search): [string, Operation][] => [
    [`search=${search}&per_page=100`, asAdmin(`users?search=${search}&per_page=100`)],
    [
      `search=${search}&per_page=100, from the middle`,
      (world) => asAdmin(`users?search=${search}&per_page=100&cursor=${world.middle.row}`)(world),
    ],
  ]),
  ['search=example&page=10', asAdmin('users?search=example&page=10')],
  ...filters
    .filter((filter) => !filter.endsWith('=5'))
    .map((filter): [string, Operation] => [`search=example&${filter}`, asAdmin(`users?search=example&${filter}`)]),
  ['search=pe&status=active&per_page=100', asAdmin('users?search=pe&status=active&per_page=100')],
])

/** Pages so deep that `page × per_page` is 10,000, of which each costs the rows before it. */
export const deepPages = 'The deepest pages by number'

export const deepest: Record<string, Operation> = Object.fromEntries(
  ['sort=email', 'role=user', 'search=example'].map((query) => [
    `${query}&page=500`,
    asAdmin(`users?${query}&page=500`),
  ]),
)
