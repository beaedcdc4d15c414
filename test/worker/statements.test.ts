import { env } from 'cloudflare:workers'
import { eq, sql } from 'drizzle-orm'
import { describe, it } from 'vitest'
import { createDatabase } from '../../src/storage/database.ts'
import { users } from '../../src/storage/schema.ts'
import { type Params, prepared } from '../../src/storage/statements.ts'

/** The real database, and every text with numbered parameters that it got. */
const watched = () => {
  const texts: string[] = []
  const prepare = (text: string) => {
    if (text.includes('?1')) texts.push(text)
    return env.DB.prepare(text)
  }
  const batch: D1Database['batch'] = (statements) => env.DB.batch(statements)
  return { texts, db: createDatabase({ prepare, batch } as unknown as D1Database) }
}

const counting = (builds: { count: number }) =>
  prepared((db, { text, at, flag, none }: Params<Everything>) => {
    builds.count++
    return db
      .select({
        text: sql<string>`${text} || ${text}`.as('text_twice'),
        at: sql<number>`${at} + 1`.as('at_plus_one'),
        flag: sql<number>`${flag}`.as('flag'),
        none: sql<string | null>`${none}`.as('nothing'),
      })
      .from(sql`(select 1)`)
      .where(eq(sql`${'constant'}`, 'constant'))
  })
type Everything = { text: string; at: Date; flag: boolean; none: null }

const some: Everything = { text: 'a', at: new Date(41), flag: true, none: null }

describe('a statement', () => {
  it('is built once, and run with the values of each time', async ({ expect }) => {
    const builds = { count: 0 }
    const { db, texts } = watched()
    const run = counting(builds)

    const [[first]] = await db.batch([run(db, some)])
    const [[second]] = await db.batch([run(db, { ...some, text: '?', flag: false })])

    expect(first).toEqual({ text: 'aa', at: 42, flag: 1, none: null })
    expect(second).toEqual({ text: '??', at: 42, flag: 0, none: null })
    expect(builds.count).toBe(1)
    expect(new Set(texts).size).toBe(1)
  })

  it('gives a value that stands in two places one parameter', async ({ expect }) => {
    const { db, texts } = watched()

    await db.batch([counting({ count: 0 })(db, some)])

    expect(texts[0]).toContain('?1 || ?1')
  })

  it('serves one database after the other', async ({ expect }) => {
    const [first, second] = [watched(), watched()]
    const byId = prepared((db, { id }: Params<{ id: string }>) => db.select().from(users).where(eq(users.id, id)))

    await first.db.batch([byId(first.db, { id: 'nobody' })])
    const [rows] = await second.db.batch([byId(second.db, { id: 'nobody' })])

    expect(rows).toEqual([])
    expect([first.texts.length, second.texts.length]).toEqual([1, 1])
  })
})
