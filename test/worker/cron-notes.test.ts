import { describe, it } from 'vitest'
import { runCron } from '../../src/cron.ts'
import { bodyOf, signedInAdmin } from '../support/app/administrators.ts'
import { startApp, type TestApp } from '../support/app/support.ts'
import { logged } from './setup.ts'

/** What the service remembers of the runs of its cron, for the console and the doctor. */

const noted = async (app: TestApp) => {
  const { cronRanAt, cronFaults } = await app.services.userDirectory.statistics(1)
  return { at: cronRanAt, faults: cronFaults }
}

/** Runs the cron with a part that fails. */
const runWithFault = async (app: TestApp) => {
  const backups = { run: () => Promise.reject(new Error('the bucket does not answer')) }
  await runCron({ ...app.services, backups })
  return logged()
}

describe('a run of the cron', () => {
  it('is noted, for admins', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const read = async () => bodyOf<object>(await app.call('GET /api/admin/stats', { bearer }))
    const before = await read()

    await runCron(app.services)

    expect(before).toMatchObject({ cron_ran_at: null, cron_faults: 0 })
    expect(await read()).toMatchObject({ cron_ran_at: app.now().toISOString(), cron_faults: 0 })
  })

  it('is noted once an hour, so that no row is written every minute', async ({ expect }) => {
    const app = startApp()
    app.wait({ days: 1 })
    await runCron(app.services)
    const first = app.now().getTime()

    app.wait({ minutes: 59, seconds: 59 })
    await runCron(app.services)
    const soon = await noted(app)
    app.wait({ seconds: 1 })
    await runCron(app.services)

    expect(soon).toEqual({ at: first, faults: 0 })
    expect(await noted(app)).toEqual({ at: first + 3_600_000, faults: 0 })
  })

  it('that fails in part is noted at once, and so is the next one that does not', async ({ expect }) => {
    const app = startApp()
    app.wait({ days: 2 })
    await runCron(app.services)
    app.wait({ minutes: 1 })

    const lines = await runWithFault(app)
    const failing = await noted(app)
    app.wait({ minutes: 1 })
    await runCron(app.services)

    expect(lines).toHaveLength(1)
    expect(failing.faults).toBe(1)
    expect((await noted(app)).faults).toBe(0)
  })
})
