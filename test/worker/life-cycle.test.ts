import fc from 'fast-check'
import { describe, inject, it } from 'vitest'
import { startApp } from '../support/app/support.ts'
import { beginning, same, steps } from '../support/life-cycle/life-cycle-steps.ts'

/** How many sequences are tried, and the longest one; each length up to it is equally likely. */
const runs = inject('lifeCycleRuns')
const longest = 140

describe('the life of accounts', () => {
  it(`is what a small model makes of it, in ${runs} sequences of up to ${longest} requests`, {
    timeout: 300_000,
  }, async ({ expect }) => {
    const choices = steps.flatMap(([weight, arbitrary]) => Array.from({ length: weight }, () => arbitrary))
    const sequences = fc.noBias(fc.commands(choices, { maxCommands: longest, size: 'max' }))

    await fc.assert(
      fc.asyncProperty(sequences, async (sequence) => {
        const app = startApp({ vars: { THROTTLE_FACTOR: '10000', ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
        const world = await beginning(app)
        await fc.asyncModelRun(() => world, sequence)
        await same(world, true)

        // The cron counts the sessions.
        await app.services.upkeep.removeExpired()
        const present = world.model.present()
        expect(await app.services.userDirectory.statistics(30)).toMatchObject({
          users: present.length,
          verified: present.filter(({ verified }) => verified).length,
          admins: present.filter(({ role }) => role === 'admin').length,
          disabled: present.filter(({ status }) => status === 'disabled').length,
          sessions: world.model.sessions.filter(({ ended }) => !ended).length,
        })
      }),
      // Reports the shortest sequence found until then.
      { seed: inject('seed'), numRuns: runs, interruptAfterTimeLimit: 200_000, markInterruptAsFailure: true },
    )
  })
})
