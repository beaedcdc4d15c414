import { AuthError } from './errors.ts'

/** How many jobs may wait behind the running one. */
const queue = 8

/** How many of these places are reserved for requests with a session, a mailed link or a device cookie. */
const kept = 2

/**
 * Milliseconds between two checks of the queue, and milliseconds after which a waiting request that no longer checks
 * counts as gone.
 */
const pollMs = 5
const goneAfterMs = 2000

/** How many turns of the event loop the next job yields to other requests once it is first in line. */
const courtesy = 10

/**
 * The milliseconds per job that are assumed until two jobs have been measured, and how far ahead a refused request may
 * be told to return.
 */
const assumedMs = 500
const horizonMs = 60_000

/**
 * Runs one job at a time in this isolate, in order of arrival: a hash needs 32 MiB of the isolate's 128 and blocks its
 * only thread.
 *
 * Between two jobs, all other requests get a turn. Otherwise the next jobs would follow directly, because the timers of
 * all waiting requests come due together when a job ends. Yielding once is not enough: one turn of the event loop
 * handles only a few readable sockets (sixteen in workerd) and then the timers, while a request needs several turns.
 * The gate counts turns, because the clock does not show how many have passed.
 *
 * When a client hangs up, its request stops at the next wait and runs no `finally`. So no request waits for a promise
 * of another request. Instead, each one checks whether its turn has come, and skips those that stopped checking.
 */
export const createGate = () => {
  let line: { seen: number }[] = []
  let began = 0
  let pace = assumedMs
  let promised = 0

  const look = (now: number) => {
    line = line.filter(({ seen }) => now - seen < goneAfterMs)
  }

  /** Refuses a request and gives each one a different time to retry. With the same time, all would return together. */
  const turnAway = (now: number): never => {
    const free = Math.min(Math.max(promised, now + line.length * pace), now + horizonMs)
    promised = free + pace
    throw new AuthError('busy', { retryAfter: Math.max(1, Math.ceil((free - now) / 1000)) })
  }

  return {
    /**
     * Checked for strangers before the database is asked, so that a flood ends here.
     * @throws AuthError `busy` if six requests are waiting already
     */
    admitStranger(): void {
      const now = Date.now()
      look(now)
      if (line.length > queue - kept) turnAway(now)
    },

    /** Runs the job in its turn. @throws AuthError `busy` if eight requests are waiting already */
    async enter<T>(job: () => T): Promise<T> {
      const mine = { seen: Date.now() }
      look(mine.seen)
      if (line.length > queue) turnAway(mine.seen)
      const follows = line.length > 0
      line.push(mine)
      try {
        for (let turns = follows ? courtesy : 1; turns > 0; ) {
          await scheduler.wait(line[0] === mine ? 1 : pollMs)
          mine.seen = Date.now()
          if (line[0] !== mine) look(mine.seen)
          // Nobody checks while a job runs, so after a long job an earlier waiter may have removed this one as gone.
          if (!line.includes(mine)) line.push(mine)
          if (line[0] === mine) turns--
        }
        if (follows) pace += (Math.min(mine.seen - began, goneAfterMs) - pace) / 4
        began = mine.seen
        return job()
      } finally {
        line = line.filter((other) => other !== mine)
      }
    },
  }
}

export type Gate = ReturnType<typeof createGate>
