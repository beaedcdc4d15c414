import { AsyncLocalStorage } from 'node:async_hooks'

/** What a request or a run of the cron waits for. `fetch`: other services over https. */
export type Dependency = 'd1' | 'kv' | 'r2' | 'images' | 'mail' | 'shield' | 'fetch'

/** Milliseconds by dependency. Two calls at once both count in full. */
export type Waited = Partial<Record<Dependency, number>>

/** The cost so far of one request or run of the cron, including work after its reply. */
export type Meter = {
  /** The id in the reply; undefined for a run of the cron. */
  readonly requestId: string | undefined
  /**
   * Milliseconds since the epoch. On Workers the clock advances only during I/O, so this measures waiting, not CPU
   * time.
   */
  readonly startedAt: number
  replied: boolean
  /** Completed round trips to D1, until the reply and after it. A repeated one counts again. */
  trips: number
  tripsAfter: number
  rowsRead: number
  rowsWritten: number
  /** The size of the whole database, according to the last statement that reported it. */
  databaseBytes: number | undefined
  /**
   * Trips that reported no row counts: for a single statement that returns rows, Drizzle calls `raw()`, whose result
   * has no `meta`.
   */
  uncounted: number
  waited: Waited
  waitedAfter: Waited
  mailsSent: number
  mailsFailed: number
  /** The last error of the mail service: its code, never its message. */
  mailError: string | undefined
  /** Mails that were sent in English because their language could not be read. */
  mailsUntranslated: number
  /** An event worth counting that has no error code. */
  event: 'refresh_reuse' | undefined
  /** Promises that have not settled: the reply itself, and work that continues after it. */
  open: number
  end: (() => void) | undefined
}

export const newMeter = (requestId?: string): Meter => ({
  requestId,
  startedAt: Date.now(),
  replied: false,
  trips: 0,
  tripsAfter: 0,
  rowsRead: 0,
  rowsWritten: 0,
  databaseBytes: undefined,
  uncounted: 0,
  waited: {},
  waitedAfter: {},
  mailsSent: 0,
  mailsFailed: 0,
  mailError: undefined,
  mailsUntranslated: 0,
  event: undefined,
  open: 1,
  end: undefined,
})

const running = new AsyncLocalStorage<Meter>()

/** Runs the work; everything that it causes, now or later, counts on the meter. */
export const withMeter = <T>(meter: Meter, work: () => T): T => running.run(meter, work)

/** Returns the meter of the current request; undefined outside of requests. */
export const currentMeter = (): Meter | undefined => running.getStore()

/** Returns the milliseconds since the meter was created. */
export const elapsed = (meter: Meter): number => Date.now() - meter.startedAt

/** Returns members for a log line: `d1_ms` until the reply, `d1_after_ms` after it, and so on for each dependency. */
export const millisecondsOf = ({ waited, waitedAfter }: Meter): Record<string, number> => {
  const members: Record<string, number> = {}
  for (const name in waited) members[`${name}_ms`] = waited[name as Dependency]!
  for (const name in waitedAfter) members[`${name}_after_ms`] = waitedAfter[name as Dependency]!
  return members
}

/**
 * Milliseconds after which an unfinished request is reported anyway: Cloudflare ends work 30 seconds after the reply.
 */
const longest = 20_000

/** Calls `end` once: when all work has ended, or after `longest` at the latest. */
export const whenEnded = (meter: Meter, end: () => void): void => {
  meter.replied = true
  if (--meter.open === 0) {
    end()
    return
  }
  const read = () => {
    meter.end = undefined
    clearTimeout(timer)
    end()
  }
  const timer = setTimeout(read, longest)
  meter.end = read
}

/** Counts the work as part of the current request until it settles. */
export const trackDeferred = <T>(work: Promise<T>): Promise<T> => {
  const meter = currentMeter()
  if (!meter) return work
  meter.open++
  return work.finally(() => {
    if (--meter.open === 0) meter.end?.()
  })
}

/** Runs the work and counts the time it took. */
export const timed = async <T>(dependency: Dependency, work: () => Promise<T>): Promise<T> => {
  const meter = currentMeter()
  if (!meter) return work()
  const from = Date.now()
  try {
    return await work()
  } finally {
    const waited = meter.replied ? meter.waitedAfter : meter.waited
    waited[dependency] = (waited[dependency] ?? 0) + Date.now() - from
  }
}

/** Counts a mail that was sent, or one that failed, with its code. */
export const countMail = (failure: string | undefined): void => {
  const meter = currentMeter()
  if (!meter) return
  if (failure === undefined) meter.mailsSent++
  else {
    meter.mailsFailed++
    meter.mailError = failure
  }
}

export const countEvent = (event: NonNullable<Meter['event']>): void => {
  const meter = currentMeter()
  if (meter) meter.event = event
}

/** Counts a mail whose language could not be read. */
export const countUntranslated = (): void => {
  const meter = currentMeter()
  if (meter) meter.mailsUntranslated++
}
