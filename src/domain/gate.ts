import { AuthError } from './errors.ts'

/** How many may wait behind the one that runs: at 0.3 s a hash, the last waits less than three seconds. */
const queue = 8

/** Milliseconds between two looks at the queue, and after which one that no longer looks is taken for gone. */
const pause = 5
const patience = 2000

/** How often the next in line steps back for a millisecond, so that what else has arrived meanwhile gets its turn. */
const courtesy = 10

/**
 * Lets one job run at a time in this isolate, in the order they came: a hash needs 32 MiB of the isolate's 128 and
 * blocks its one thread. Between two jobs other requests get their turn.
 *
 * A client that hangs up takes its request away at the next wait, without a `finally`. So nobody waits for a promise
 * of another request: each looks for itself whether its turn has come, and passes over those who stopped looking.
 *
 * @throws AuthError `busy` when eight wait already
 */
export const gate = () => {
  let line: { seen: number }[] = []
  const present = (now: number) => line.filter(({ seen }) => now - seen < patience)

  return async <T>(job: () => T): Promise<T> => {
    line = present(Date.now())
    if (line.length > queue) throw new AuthError('busy', { retryAfter: 3 })
    const mine = { seen: Date.now() }
    line.push(mine)
    try {
      do {
        await scheduler.wait(line[0] === mine ? 0 : pause)
        mine.seen = Date.now()
        if (line[0] !== mine) line = present(mine.seen)
        // Nobody looks while a job runs: after a long one, who came first may have taken this one for gone.
        if (!line.includes(mine)) line.push(mine)
      } while (line[0] !== mine)
      // Several whose timers are due at once would follow each other, and nobody else would be heard for seconds.
      for (let turns = line.length > 1 ? courtesy : 0; turns > 0; turns--) {
        await scheduler.wait(1)
        mine.seen = Date.now()
      }
      return job()
    } finally {
      line = line.filter((other) => other !== mine)
    }
  }
}

export type Gate = ReturnType<typeof gate>
