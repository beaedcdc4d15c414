import { beforeEach, describe, inject, it } from 'vitest'
import { startApp } from '../support/app/support.ts'
import { forgetOthers } from '../support/faults/fault-world.ts'
import { type Race, run, seedOf } from '../support/races/race-runs.ts'
import { accountRaces } from '../support/races/races-accounts.ts'
import { enrolmentRaces } from '../support/races/races-enrolments.ts'
import { factorChangeRaces } from '../support/races/races-factor-changes.ts'
import { factorRaces } from '../support/races/races-factors.ts'
import { mailLogInRaces } from '../support/races/races-mail-log-ins.ts'
import { passkeyRaces } from '../support/races/races-passkeys.ts'
import { sessionRaces } from '../support/races/races-sessions.ts'
import { wayBackRaces } from '../support/races/races-way-back.ts'

const [seed, runs] = [inject('seed'), inject('raceRuns')]

const races = [
  ...sessionRaces,
  ...factorRaces,
  ...enrolmentRaces,
  ...factorChangeRaces,
  ...passkeyRaces,
  ...mailLogInRaces,
  ...accountRaces,
  ...wayBackRaces,
]

/** Runs a race, and reports what went wrong and how to repeat it. */
const tried = async (race: Race, number: number, faults?: number) => {
  try {
    return await run(race, seedOf(seed, number), faults)
  } catch (error) {
    throw new Error(`run ${number} of seed ${seed}`, { cause: error })
  }
}

beforeEach(() => forgetOthers(startApp()))

describe('at once', () => {
  it.for(races)('$name', { timeout: 5000 * (runs + 5) }, async (race, { expect }) => {
    for (let number = 0; number < runs; number++)
      expect(await tried(race, number), `run ${number} of seed ${seed}`).toEqual([])
  })
})

describe('while calls fail', () => {
  /** One call in so many fails. */
  const share = 1 / 6

  it.for(races)(
    'the invariants hold: $name (F2, F3, I1–I8)',
    { timeout: 5000 * (runs + 5) },
    async (race, { expect }) => {
      for (let number = 0; number < Math.ceil(runs / 3); number++)
        expect(await tried(race, number + 1000, share), `run ${number} of seed ${seed}`).toEqual([])
    },
  )
})
