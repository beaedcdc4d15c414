import { describe, it } from 'vitest'
import { logIn, member, somePassword, startApp, type TestApp } from '../support/app/support.ts'

/** Writes entries of this event that as many other users left a moment ago. */
const crowd = async (app: TestApp, event: string, others: number) => {
  const id = `printf('%08x-%04x-7000-8000-%012x', ${app.now().getTime() - 1000} >> 16, ${app.now().getTime() - 1000} & 65535, i)`
  await app.db
    .prepare(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${others})
        insert into audit (id, at, event, user_id) select ${id}, ${app.now().getTime() - 1000}, '${event}', 'other ' || i from n`,
    )
    .run()
}

describe('an hour in which many do the same', () => {
  it.for([
    { event: 'logged_in', password: somePassword, status: 200 },
    { event: 'log_in_failed', password: 'a wrong one', status: 401 },
  ])('costs each no more rows: $event', async ({ event, password, status }, { expect }) => {
    const app = startApp({ vars: { THROTTLE_FACTOR: '1000' } })
    const email = await member(app)
    const cost = async () => {
      await app.settled()
      const { response, whole } = await app.cost('POST /api/auth/login', { json: { email, password } })
      expect(response.status).toBe(status)
      return whole.rowsRead
    }
    await logIn(app, email)
    await cost()

    const before = await cost()
    await crowd(app, event, 2000)
    const after = await cost()

    expect(after - before).toBeLessThan(20)
  })
})
