import { AsyncLocalStorage } from 'node:async_hooks'

/** What a request or a run of the cron waits for. `fetch`: services of others, by https. */
export type Dependency = 'd1' | 'kv' | 'r2' | 'images' | 'mail' | 'shield' | 'fetch'

/** Milliseconds by dependency. Of two calls at once each counts whole. */
export type Waited = Partial<Record<Dependency, number>>

/** What one request, or one run of the cron, has cost so far, the work that goes on after its reply included. */
export type Meter = {
  /** As in the reply; a run of the cron has none. */
  readonly requestId: string | undefined
  /** Milliseconds of the epoch. On Workers the clock advances only during I/O, so this measures waiting, not CPU time. */
  readonly startedAt: number
  replied: boolean
  /** Round trips to D1 that ended: until the reply, and after it. A repeated one counts again. */
  trips: number
  tripsAfter: number
  rowsRead: number
  rowsWritten: number
  /** Of the whole database, after the last statement that reported it. */
  databaseBytes: number | undefined
  /** Trips that reported no rows: `raw()`, by which Drizzle sends a lone statement that returns rows, has no `meta`. */
  uncounted: number
  waited: Waited
  waitedAfter: Waited
  mailsSent: number
  mailsFailed: number
  /** What the mail service said last: a code, never its words. */
  mailError: string | undefined
  /** Events worth counting that no error code shows. */
  event: 'refresh_reuse' | undefined
  /** Works that have not ended: the reply itself, and whatever goes on after it. */
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
  event: undefined,
  open: 1,
  end: undefined,
})

const running = new AsyncLocalStorage<Meter>()

/** Runs the work; all that it causes, now or later, counts on the meter. */
export const metered = <T>(meter: Meter, work: () => T): T => running.run(meter, work)

/** That of the request at hand. Undefined outside of all requests. */
export const currentMeter = (): Meter | undefined => running.getStore()

/** Milliseconds since the meter was made. */
export const elapsed = (meter: Meter): number => Date.now() - meter.startedAt

/** As members of a line: `d1_ms` until the reply, `d1_after_ms` after it, and so on for what was waited for. */
export const millisecondsOf = ({ waited, waitedAfter }: Meter): Record<string, number> => {
  const members: Record<string, number> = {}
  for (const name in waited) members[`${name}_ms`] = waited[name as Dependency]!
  for (const name in waitedAfter) members[`${name}_after_ms`] = waitedAfter[name as Dependency]!
  return members
}

/** Milliseconds after a reply when its meter is read, though something still goes on: Cloudflare ends it at 30 seconds. */
const longest = 20_000

/** Reads the meter once all work has ended; `end` is called once. */
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

/** Counts the work as part of the request at hand until it ends. */
export const trackDeferred = <T>(work: Promise<T>): Promise<T> => {
  const meter = currentMeter()
  if (!meter) return work
  meter.open++
  return work.finally(() => {
    if (--meter.open === 0) meter.end?.()
  })
}

/** Does the work and counts the time that it took. */
export const measured = async <T>(dependency: Dependency, work: () => Promise<T>): Promise<T> => {
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

/** A mail that was handed over, or the code of why not. */
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
