import { AuthError } from './errors.ts'

/** How many may wait behind the one that runs. */
const queue = 8

/** How many of these places are reserved for requests with a session, a mailed link or a device cookie. */
const kept = 2

/** Milliseconds between two looks at the line, and after which one that no longer looks is taken for gone. */
const pause = 5
const patience = 2000

/** How often the next in line steps back, once nobody is before it. */
const courtesy = 10

/** Milliseconds from one job to the next, until two have told; and how far ahead places are promised. */
const guess = 500
const horizon = 60_000

/**
 * Lets one job run at a time in this isolate, in the order they came: a hash needs 32 MiB of the isolate's 128 and
 * blocks its one thread.
 *
 * Between two jobs everybody else gets their turn. Those who waited for the first find their timers due together when it
 * ends, and would follow each other. One step back is not enough: a turn of the event loop takes up a few of the sockets
 * that have something to read (sixteen, in workerd), then the timers, and a request needs several. So turns are counted,
 * not milliseconds: the clock says nothing about how many have been.
 *
 * A client that hangs up takes its request away at the next wait, without a `finally`. So nobody waits for a promise
 * of another request: each looks for itself whether its turn has come, and passes over those who stopped looking.
 */
export const createGate = () => {
  let line: { seen: number }[] = []
  let began = 0
  let pace = guess
  let promised = 0

  const look = (now: number) => {
    line = line.filter(({ seen }) => now - seen < patience)
  }

  /** Each refused request gets a time of its own: with the same one, all would come back together. */
  const turnAway = (now: number): never => {
    const free = Math.min(Math.max(promised, now + line.length * pace), now + horizon)
    promised = free + pace
    throw new AuthError('busy', { retryAfter: Math.max(1, Math.ceil((free - now) / 1000)) })
  }

  return {
    /**
     * Asked for a stranger before the database is: a flood ends here.
     * @throws AuthError `busy` when six wait already
     */
    admitStranger(): void {
      const now = Date.now()
      look(now)
      if (line.length > queue - kept) turnAway(now)
    },

    /** @throws AuthError `busy` when eight wait already */
    async enter<T>(job: () => T): Promise<T> {
      const mine = { seen: Date.now() }
      look(mine.seen)
      if (line.length > queue) turnAway(mine.seen)
      const follows = line.length > 0
      line.push(mine)
      try {
        for (let turns = follows ? courtesy : 1; turns > 0; ) {
          await scheduler.wait(line[0] === mine ? 1 : pause)
          mine.seen = Date.now()
          if (line[0] !== mine) look(mine.seen)
          // Nobody looks while a job runs: after a long one, who came first may have taken this one for gone.
          if (!line.includes(mine)) line.push(mine)
          if (line[0] === mine) turns--
        }
        if (follows) pace += (Math.min(mine.seen - began, patience) - pace) / 4
        began = mine.seen
        return job()
      } finally {
        line = line.filter((other) => other !== mine)
      }
    },
  }
}

export type Gate = ReturnType<typeof createGate>
