import { beforeAll, describe, it } from 'vitest'
import { parseEmail } from '../../src/domain/email.ts'
import { newId } from '../../src/domain/ids.ts'
import { createDatabase } from '../../src/storage/database.ts'
import { users } from '../../src/storage/schema.ts'
import { bodyOf, refusalOf, signedInAdmin, type UserBody } from '../support/app/administrators.ts'
import { someAddress, startApp, type TestApp } from '../support/app/support.ts'

type Page = {
  users: UserBody[]
  total: number
  total_is_exact: boolean
  page: number
  per_page: number
  pages: number
  next_cursor: string | null
}

type Row = typeof users.$inferInsert

const day = 86_400_000

/** Returns a user as an import would create one: faster than registering, and of any age. */
const someUser = (values: Partial<Row> = {}, ago = 0): Row => {
  const at = new Date(Date.now() - ago)
  const email = values.email ?? someAddress('someone')
  return {
    id: newId(at),
    emailCanonical: parseEmail(email)!.canonical,
    createdAt: at,
    updatedAt: at,
    ...values,
    email,
  }
}

/** D1 takes 100 parameters per statement. */
const add = async (app: TestApp, rows: Row[]) => {
  const db = createDatabase(app.db)
  for (let from = 0; from < rows.length; from += 5) await db.insert(users).values(rows.slice(from, from + 5))
}

const list = async (app: TestApp, bearer: string, query: Record<string, string | number>) => {
  const params = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
  return bodyOf<Page>(await app.call(`GET /api/admin/users?${params}`, { bearer }))
}

/** Reads every page by number, in order. */
const byPage = async (app: TestApp, bearer: string, query: Record<string, string | number>) => {
  const first = await list(app, bearer, query)
  const pages = [first]
  for (let page = 2; page <= first.pages; page++) pages.push(await list(app, bearer, { ...query, page }))
  return pages
}

/** Reads every page by cursor, in order. */
const byCursor = async (app: TestApp, bearer: string, query: Record<string, string | number>) => {
  const pages = [await list(app, bearer, query)]
  for (let cursor = pages[0]!.next_cursor; cursor; cursor = pages.at(-1)!.next_cursor) {
    pages.push(await list(app, bearer, { ...query, cursor }))
    if (pages.length > 400) throw new Error('the cursor leads in a circle')
  }
  return pages
}

const idsOf = (pages: Page[]) => pages.flatMap((page) => page.users.map(({ id }) => id))
const emailsOf = (page: Page) => page.users.map(({ email }) => email)

/** Returns all users in this file, in no order. */
const everybody = async (app: TestApp) => createDatabase(app.db).select().from(users)

/** Six kinds of row, so that every filter has users on both sides, and times that several share. */
const crowd = Array.from({ length: 66 }, (_, n) =>
  someUser(
    {
      email: someAddress(n % 2 ? 'Zoe' : 'adam'),
      name: n % 3 ? `Person ${n}` : null,
      role: n % 3 === 0 ? 'admin' : 'user',
      status: n % 4 === 0 ? 'disabled' : 'active',
      emailVerifiedAt: n % 5 === 0 ? null : new Date(),
      lastLoginAt: n % 6 === 0 ? null : new Date(Date.now() - (n % 5) * day),
    },
    n * 1000,
  ),
)

let app: TestApp
let bearer: string
beforeAll(async () => {
  app = startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
  bearer = (await signedInAdmin(app)).access_token
  await add(app, crowd)
})

const sorts = {
  created_at: (a: UserBody, b: UserBody) => (a.id < b.id ? -1 : 1),
  email: (a: UserBody, b: UserBody) => (a.email.toLowerCase() < b.email.toLowerCase() ? -1 : 1),
  last_login_at: (a: UserBody, b: UserBody) =>
    (a.last_login_at ?? '').localeCompare(b.last_login_at ?? '') || (a.id < b.id ? -1 : 1),
}

describe('the list of users', () => {
  it.for(
    Object.keys(sorts).flatMap((sort) =>
      [sort, `-${sort}`].flatMap((sort) => [3, 20, 100].map((per_page) => ({ sort, per_page }))),
    ),
  )(
    'has everybody once, in order, by page and by cursor: $sort, $per_page a page',
    async ({ sort, per_page }, { expect }) => {
      const there = (await everybody(app)).map(({ id }) => id)

      const pages = await byPage(app, bearer, { sort, per_page })
      const cursors = await byCursor(app, bearer, { sort, per_page })

      const order = sorts[sort.replace('-', '') as keyof typeof sorts]
      const found = pages.flatMap((page) => page.users)
      const sorted = found.toSorted((a, b) => (sort.startsWith('-') ? order(b, a) : order(a, b)))
      expect(idsOf(pages).toSorted()).toEqual(there.toSorted())
      expect(idsOf(pages)).toEqual(sorted.map(({ id }) => id))
      expect(idsOf(cursors)).toEqual(idsOf(pages))
      for (const page of pages) expect(page.total).toBe(there.length)
    },
  )

  it('begins with the newest, twenty a page, and says how many there are', async ({ expect }) => {
    const count = (await everybody(app)).length

    const page = await list(app, bearer, {})

    expect(idsOf([page])).toEqual(idsOf([await list(app, bearer, { sort: '-created_at', per_page: 20 })]))
    expect(page).toMatchObject({
      total: count,
      total_is_exact: true,
      page: 1,
      per_page: 20,
      pages: Math.ceil(count / 20),
      next_cursor: expect.any(String),
    })
    expect(page.users.length).toBe(20)
  })

  it('is empty beyond the last page, and has no cursor there', async ({ expect }) => {
    const page = await list(app, bearer, { page: 500, per_page: 20 })

    expect(page.users).toEqual([])
    expect(page.next_cursor).toBeNull()
  })

  it.for(Object.keys(sorts).flatMap((sort) => [sort, `-${sort}`]))(
    'shows by cursor every user who was there all the while, once, although others come and go: %s',
    async (sort, { expect }) => {
      const staying = (await everybody(app)).map(({ id }) => id)
      const passing = Array.from({ length: 6 }, (_, n) => someUser({ email: someAddress(`m${n}`) }, n * 7000))
      await add(app, passing.slice(0, 3))

      const seen: string[] = []
      let cursor: string | null = null
      do {
        const query: Record<string, string | number> = cursor ? { sort, per_page: 20, cursor } : { sort, per_page: 20 }
        const page = await list(app, bearer, query)
        seen.push(...idsOf([page]))
        cursor = page.next_cursor
        if (seen.length === 20) {
          await add(app, passing.slice(3))
          for (const { id } of passing.slice(0, 3))
            await app.db.prepare('delete from users where id = ?').bind(id).run()
        }
      } while (cursor)

      expect(seen.length).toBe(new Set(seen).size)
      expect(staying.filter((id) => !seen.includes(id))).toEqual([])
      for (const { id } of passing) await app.db.prepare('delete from users where id = ?').bind(id).run()
    },
  )
})

describe('a filter', () => {
  const choices = <T>(values: T[]) => [undefined, ...values]
  const filters = choices(['user', 'admin']).flatMap((role) =>
    choices(['active', 'disabled']).flatMap((status) =>
      choices(['true', 'false']).map((email_verified) => ({ role, status, email_verified })),
    ),
  )
  const said = (filter: Record<string, string | undefined>) =>
    Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as Record<string, string>

  it.for(filters)(
    'role $role, status $status, verified $email_verified: just those, newest first',
    async (filter, { expect }) => {
      const expected = (await everybody(app))
        .filter(({ role }) => filter.role === undefined || role === filter.role)
        .filter(({ status }) => filter.status === undefined || status === filter.status)
        .filter(
          (row) =>
            filter.email_verified === undefined || String(row.emailVerifiedAt !== null) === filter.email_verified,
        )
        .map(({ id }) => id)
        .sort()
        .reverse()

      const pages = await byPage(app, bearer, { ...said(filter), per_page: 7 })
      const cursors = await byCursor(app, bearer, { ...said(filter), per_page: 7 })

      expect(expected.length).toBeGreaterThan(0)
      expect(idsOf(pages)).toEqual(expected)
      expect(idsOf(cursors)).toEqual(expected)
      for (const page of [...pages, ...cursors])
        expect(page).toMatchObject({
          total: expected.length,
          total_is_exact: true,
          pages: Math.ceil(expected.length / 7),
        })
    },
  )

  it('can be combined with a search', async ({ expect }) => {
    const found = await list(app, bearer, { search: 'zoe', role: 'admin', status: 'active', email_verified: 'true' })

    const expected = crowd.filter(
      ({ email, role, status, emailVerifiedAt }) =>
        email.startsWith('Zoe') && role === 'admin' && status === 'active' && emailVerifiedAt,
    )
    expect(expected.length).toBeGreaterThan(0)
    expect(emailsOf(found).sort()).toEqual(expected.map(({ email }) => email).sort())
    expect(found).toMatchObject({ total: expected.length, total_is_exact: true, next_cursor: null })
  })
})

describe('a search', () => {
  const people = {
    percent: { email: 'q-percent@example.org', name: '100% Rebate' },
    underscore: { email: 'q_under_score@example.org', name: 'snake_case' },
    quotes: { email: "o'brien@example.org", name: 'Pat "The Cat" O’Brien' },
    star: { email: 'q-star@example.org', name: 'Star*Light' },
    words: { email: 'q-words@example.org', name: 'this OR that AND NOT NEAR(x)' },
    column: { email: 'q-column@example.org', name: 'text:colon -minus ^caret' },
    chinese: { email: 'q-liming@example.org', name: '李明' },
    korean: { email: 'q-kim@example.org', name: '김민준' },
    german: { email: 'q-aerger@example.org', name: 'Ärger Öztürk' },
    greek: { email: 'q-sigma@example.org', name: 'Σωκράτης' },
    emoji: { email: 'q-emoji@example.org', name: '🦊🦊' },
    spaced: { email: 'q-spaced@example.org', name: 'Anna  Maria' },
    backslash: { email: 'q-back@example.org', name: 'back\\slash' },
    short: { email: 'xq@example.org', name: null },
    one: { email: 'q-one@example.org', name: 'Q' },
    composed: { email: 'q-garcia@example.org', name: 'José García' },
    decomposed: { email: 'q-nunez@example.org', name: 'Jose\u0301 Nunez' },
    vietnamese: { email: 'q-nguyen@example.org', name: 'Nguyễn Đình Việt' },
    turkish: { email: 'q-isik@example.org', name: 'İbrahim Işık' },
    sharp: { email: 'q-weiss@example.org', name: 'Anna Weißstraße' },
    french: { email: 'q-renoir@example.org', name: 'Élodie Œuvrard' },
    polish: { email: 'q-kowal@example.org', name: 'Łukasz Żółw' },
    danish: { email: 'q-bjorn@example.org', name: 'Bjørn Ærø' },
    athena: { email: 'q-athena@example.org', name: 'Αθηνά Παπαδάκης' },
    russian: { email: 'q-fedor@example.org', name: 'Фёдор Йовович' },
    japanese: { email: 'q-yamada@example.org', name: '山田 太郎' },
    kana: { email: 'q-kana@example.org', name: 'ガブリエル' },
    hangul: { email: 'q-hangul@example.org', name: '\u1112\u1161\u11ab\u110c\u1175' },
    wide: { email: 'q-wide@example.org', name: 'Ｊｕｎｉｐｅｒ' },
    persian: { email: 'q-nameh@example.org', name: 'نامه\u200cای' },
    hebrew: { email: 'q-hebrew@example.org', name: 'שָׁלוֹם' },
    arabic: { email: 'q-arabic@example.org', name: 'مُحَمَّد' },
    idn: { email: 'Eva@xn--bcher-kva.example', name: null },
    idnChinese: { email: 'q-w@xn--fiqs8s.example', name: null },
    caller: { email: 'q-caller@example.org', name: null, phone: '+442079460958' },
    long: { email: `${'q'.repeat(60)}@${'long.'.repeat(36)}example`, name: null },
  }
  beforeAll(async () => {
    await add(
      app,
      Object.values(people).map((values) => someUser(values)),
    )
    await app.cron()
  })

  it.for([
    ['Rebate', ['percent']],
    ['100%', ['percent']],
    ['%', []],
    ['0% R', ['percent']],
    ['snake_', ['underscore']],
    ['_', []],
    ['q_u', ['underscore']],
    ['"The', ['quotes']],
    ['"', []],
    ["o'b", ['quotes']],
    ["'", []],
    ['O’B', ['quotes']],
    ['"" OR 1', []],
    ["' OR 1=1 --", []],
    ["%' OR 1=1--", []],
    ['r*L', ['star']],
    ['*', []],
    ['sta*', []],
    ['that AND NOT', ['words']],
    ['this OR nobody', []],
    ['NEAR(x)', ['words']],
    ['text:colon', ['column']],
    ['text:liming', []],
    ['-minus', ['column']],
    ['^caret', ['column']],
    ['\\sl', ['backslash']],
    ['李明', ['chinese']],
    ['李', ['chinese']],
    ['明', ['chinese']],
    ['김민', ['korean']],
    ['민준', ['korean']],
    ['김민준', ['korean']],
    ['ärger', ['german']],
    ['ÄRGER', ['german']],
    ['ÖZTÜRK', ['german']],
    ['är', ['german']],
    ['σωκρ', ['greek']],
    ['ΣΩΚΡΆ', ['greek']],
    ['🦊🦊', ['emoji']],
    ['🦊', ['emoji']],
    ['A-STAR@', []],
    ['Q-STAR@EXAMPLE', ['star']],
    ['xq', ['short']],
    ['xq@', ['short']],
    ['na  Ma', ['spaced']],
    ['na Ma', []],
    ['liming@example.org', ['chinese']],
    ['josé', ['composed', 'decomposed']],
    ['Jose\u0301', ['composed', 'decomposed']],
    ['jose', ['composed', 'decomposed']],
    ['JOSÉ GAR', ['composed']],
    ['garcia@', ['composed']],
    ['nguyễn', ['vietnamese']],
    ['nguye\u0302\u0303n', ['vietnamese']],
    ['dinh viet', ['vietnamese']],
    ['ibrahim', ['turkish']],
    ['IŞIK', ['turkish']],
    ['ışık', ['turkish']],
    ['STRASSE', ['sharp']],
    ['straße', ['sharp']],
    ['weissstr', ['sharp']],
    ['elodie', ['french']],
    ['oeuvrard', ['french']],
    ['œuvr', ['french']],
    ['él', ['french']],
    ['el', ['french']],
    ['lukasz', ['polish']],
    ['zolw', ['polish']],
    ['bjorn aero', ['danish']],
    ['αθηνα', ['athena']],
    ['ΠΑΠΑΔΑΚΗΣ', ['athena']],
    ['федор', ['russian']],
    ['太郎', ['japanese']],
    ['郎', ['japanese']],
    ['田', ['japanese']],
    ['田太', []],
    ['リエ', ['kana']],
    ['ｶﾞﾌﾞﾘ', ['kana']],
    ['カブリ', []],
    ['한지', ['hangul']],
    ['지', ['hangul']],
    ['juniper', ['wide']],
    ['ＪＵＮ', ['wide']],
    ['نامهای', ['persian']],
    ['نامه\u200cای', ['persian']],
    ['שלום', ['hebrew']],
    ['محمد', ['arabic']],
    ['bücher', ['idn']],
    ['BÜCH', ['idn']],
    ['eva@bücher.example', ['idn']],
    ['eva@bu\u0308cher.example', ['idn']],
    ['xn--bcher', ['idn']],
    ['中国', ['idnChinese']],
    ['+44', ['caller']],
    ['207946', ['caller']],
    ['+44 20 7946 0958', ['caller']],
    ['020 7946 0958', ['caller']],
    ['0044 20 7946', ['caller']],
    ['(20) 7946-0958', ['caller']],
    ['+44\u202f20\u202f7946', ['caller']],
    [`${'q'.repeat(60)}@${'long.'.repeat(36)}example`, ['long']],
    ['\u200bliming@example.org\n', ['chinese']],
    ["o'b", ['quotes']],
  ] as [string, (keyof typeof people)[]][])('for %s finds %j (ASVS 1.2.4)', async ([search, names], { expect }) => {
    const found = await list(app, bearer, { search, per_page: 100 })

    expect(emailsOf(found).sort()).toEqual(names.map((name) => people[name].email).sort())
    expect(found).toMatchObject({ total: names.length, total_is_exact: true })
  })

  it('of one or two letters looks at the beginning of address and name', async ({ expect }) => {
    const one = await list(app, bearer, { search: 'q', per_page: 100 })
    const two = await list(app, bearer, { search: 'Q-', per_page: 100 })

    const all = Object.values(people)
    const begin = (text: string) =>
      all.filter(({ email, name }) => [email, name].some((t) => t?.toLowerCase().startsWith(text)))
    expect(emailsOf(one).sort()).toEqual(
      begin('q')
        .map(({ email }) => email)
        .sort(),
    )
    expect(emailsOf(two).sort()).toEqual(
      begin('q-')
        .map(({ email }) => email)
        .sort(),
    )
  })

  it('finds an address and a name that have changed by what they are, not by what they were', async ({ expect }) => {
    const user = someUser({ email: 'before-move@example.org', name: 'Beforename' })
    await add(app, [user])

    await app.call(`PATCH /api/admin/users/${user.id}`, {
      bearer,
      json: { email: 'after-move@example.org', name: 'Aftername' },
    })

    for (const [search, count] of [
      ['before-move', 0],
      ['Beforename', 0],
      ['after-move', 1],
      ['Aftername', 1],
    ] as const)
      expect((await list(app, bearer, { search })).total, search).toBe(count)
  })

  it('is newest first and shows everybody once, by page and by cursor', async ({ expect }) => {
    const expected = (await everybody(app)).filter(({ email }) => /zoe/i.test(email)).map(({ id }) => id)

    const pages = await byPage(app, bearer, { search: 'zoe', per_page: 7 })
    const cursors = await byCursor(app, bearer, { search: 'zoe', per_page: 7 })

    expect(idsOf(pages).toSorted()).toEqual(expected.toSorted())
    expect(idsOf(cursors)).toEqual(idsOf(pages))
  })
})

describe('a search with more hits than are counted', () => {
  const many = 1005
  beforeAll(async () => {
    await app.db
      .prepare(
        `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${many})
         insert into users (id, email, email_canonical, name, role, status, email_verified_at, created_at, updated_at)
         select printf('00000000-0000-7000-8000-%012d', i), 'bulk' || i || '@bulk.example', 'bulk' || i || '@bulk.example',
           null, 'user', iif(i % 10 = 0, 'disabled', 'active'), 1, 1, 1 from n`,
      )
      .run()
  })

  it('counts to 800, and says that there are more', async ({ expect }) => {
    const page = await list(app, bearer, { search: '@bulk.example', per_page: 100 })

    expect(page).toMatchObject({ total: 800, total_is_exact: false, pages: 8 })
  })

  it('still shows all of them by cursor', async ({ expect }) => {
    const ids = idsOf(await byCursor(app, bearer, { search: '@bulk.example', per_page: 100 }))

    expect(ids.length).toBe(many)
    expect(new Set(ids).size).toBe(many)
  })

  it.for([
    ['disabled', 100],
    ['active', 905],
  ] as const)('shows all who are %s among them, once, by cursor', async ([status, count], { expect }) => {
    const ids = idsOf(await byCursor(app, bearer, { search: 'bulk', status, per_page: 33 }))

    expect(ids.length).toBe(count)
    expect(new Set(ids).size).toBe(count)
  })

  it.for([
    { query: '', rows: 60 },
    { query: 'search=bulk', rows: 1100 },
    { query: 'search=bu', rows: 1100 },
    { query: 'search=bulk&status=active', rows: 1100 },
    { query: 'search=bulk&status=active&role=admin&per_page=100', rows: 1100 },
    { query: 'search=bulk&per_page=100', rows: 1100 },
  ])('is answered in two trips and at most $rows rows: $query', async ({ query, rows }, { expect }) => {
    const { rowsRead, trips, response } = await app.cost(`GET /api/admin/users?${query}`, { bearer })

    expect(response.status).toBe(200)
    expect(trips).toBe(2)
    expect(rowsRead).toBeLessThanOrEqual(rows)
  })
})

describe('what is asked of the list (A-23, ASVS 1.4.2)', () => {
  it.for([
    'per_page=0',
    'per_page=-1',
    'per_page=101',
    'per_page=1e9',
    'per_page=1e1',
    'per_page=NaN',
    'per_page=1.5',
    'per_page=1%3B--',
    'per_page=20&per_page=30',
    'page=0',
    'page=-1',
    'page=1000000000000',
    'page=1e12',
    'page=501',
    'page=101&per_page=100',
    'page=x',
    'page=2&cursor=00000000-0000-7000-8000-000000000001',
    'sort=role%3Bdrop',
    'sort=password',
    'sort=--email',
    'sort=email&search=ann',
    'sort=email&role=admin',
    'sort=created_at&status=active',
    'role=superadmin',
    'role=admin&role=user',
    'status=banned',
    'email_verified=yes',
    'search=a%00b',
    'search=a%0Ab',
    'search=%ED%A0%80x%01',
    `search=${'x'.repeat(255)}`,
    `search=${'x'.repeat(10_000)}`,
    'cursor=x',
    'cursor=1',
    "cursor=' or 1=1--",
    'cursor=NaN&sort=last_login_at',
    'cursor=00000000-0000-7000-8000-000000000001&sort=last_login_at',
    'cursor=00000000-0000-7000-8000-000000000001&sort=email',
    'cursor=ada@example.com',
    'cursor=00000000-0000-7000-8000-000000000001&search=ann',
    'cursor=1e3&search=ann',
    'cursor=-1&search=ann',
    `cursor=${'1'.repeat(600)}`,
  ])('is refused: %s', async (query, { expect }) => {
    const response = await app.call(`GET /api/admin/users?${query}`, { bearer })

    const { status, code, fields } = await refusalOf(response)
    expect({ status, code }).toEqual({ status: 422, code: 'validation_failed' })
    expect(fields.length).toBeGreaterThan(0)
  })

  it.for([
    ['page=0', 'page too_small', 'is less than 1'],
    ['page=-1', 'page too_small', 'is less than 1'],
    ['per_page=101', 'per_page too_large', 'is more than 100'],
    ['page=10001', 'page too_large', 'is more than 10000'],
    ['page=1000000000000', 'page too_large', 'is more than 10000'],
    ['page=501', 'page too_large', 'is beyond 10000 users: continue with cursor'],
    ['per_page=1.5', 'per_page invalid', 'is not a whole number'],
    [`search=${'x'.repeat(255)}`, 'search too_long', 'must have at most 254 characters'],
    ...['x', '-1&search=ann', "' or 1=1--", 'ada@example.com', '1'.repeat(600)].map(
      (cursor) =>
        [
          `cursor=${cursor}`,
          'cursor invalid_cursor',
          'is not a cursor of this list: use next_cursor of the previous page',
        ] as const,
    ),
  ] as const)('is refused by a code of its own and in words: %s', async ([query, refused, words], { expect }) => {
    const response = await app.call(`GET /api/admin/users?${query}`, { bearer })

    const { errors } = (await response.json()) as { errors: { field: string; code: string; detail: string }[] }
    expect(errors.map(({ field, code }) => `${field} ${code}`)).toEqual([refused])
    expect(errors[0]?.detail).toEqual(words)
  })

  it.for([
    'search=',
    'search=%20%20',
    'search=%E2%80%AF',
    'page=&per_page=&cursor=',
    'role=&status=&email_verified=&sort=',
    'search=&role=&status=&sort=&page=1',
  ])('is as good as absent where nobody filled it in: %s', async (query, { expect }) => {
    const response = await app.call(`GET /api/admin/users?${query}`, { bearer })

    const all = await app.call('GET /api/admin/users', { bearer })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(await all.json())
  })

  it('counts even beside empty fields', async ({ expect }) => {
    const page = await list(app, bearer, { search: '', role: '', per_page: 3, status: 'disabled' })

    expect(page.per_page).toBe(3)
    expect(page.users.length).toBeGreaterThan(0)
    expect(page.users.every(({ status }) => status === 'disabled')).toBe(true)
  })

  it.for([
    'page=500&per_page=20',
    'page=100&per_page=100',
    'per_page=1',
    'sort=-created_at&role=admin',
    `search=${'x'.repeat(100)}`,
    'search=%F0%9F%A6%8A',
    'unknown=1',
  ])('is taken: %s', async (query, { expect }) => {
    const response = await app.call(`GET /api/admin/users?${query}`, { bearer })

    expect(response.status).toBe(200)
  })
})
