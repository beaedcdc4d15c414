import type { ErrorCode } from './domain/errors.ts'
import { logError, logLine } from './log.ts'
import { type Meter, millisecondsOf } from './meter.ts'

/** What a request or a run of the cron became. No address, name, IP or user agent: only what may lie in a log for weeks. */
export type Outcome = {
  at: 'reply' | 'cron'
  /** Method and template of the route, as in the OpenAPI document; `none` where no route was asked for. */
  operation: string
  /** Milliseconds until the reply, or the end of the run. */
  ms: number
  /** As it was sent: HEAD is an operation's GET, OPTIONS nobody's. */
  method?: string
  status?: number
  code?: ErrorCode
  /** Who asked, or whose tokens the reply gives. */
  user?: string
  /** Mails that are due and that this run of the cron left, a hundred at most. */
  waiting?: number
  /** Rows that had expired, and pictures that nobody had. */
  removed?: number
  pictures?: number
  /** Accounts whose time had come, and freezes that ended. */
  erased?: number
  thawed?: number
  /** Users written anew for search. */
  searched?: number
  /** Parts of a run of the cron that failed; each has a line of its own. */
  faults?: number
}

export type Report = (meter: Meter, outcome: Outcome) => void

/** Refusals that may be attempts to get around a protection. What everybody meets, such as a typo, is not among them. */
const notable: readonly ErrorCode[] = [
  'invalid_token',
  'forbidden',
  'cross_site',
  'reauthentication_required',
  'own_account',
  'last_admin',
  'rate_limited',
  'payload_too_large',
]

const isNotable = ({ mailsFailed, event }: Meter, { status = 200, code, waiting, faults }: Outcome) =>
  status >= 500 || (code && notable.includes(code)) || mailsFailed || event || waiting || faults

/** Members that are zero or undefined are left out. */
const lineOf = (meter: Meter, { at, ms, ...outcome }: Outcome) => ({
  level: 'info',
  at,
  time: new Date(meter.startedAt).toISOString(),
  request_id: meter.requestId,
  ...outcome,
  ms,
  ...millisecondsOf(meter),
  trips: meter.trips,
  trips_after: meter.tripsAfter || undefined,
  rows_read: meter.rowsRead,
  rows_written: meter.rowsWritten,
  uncounted: meter.uncounted || undefined,
  database_bytes: at === 'cron' ? meter.databaseBytes : undefined,
  mails_sent: meter.mailsSent || undefined,
  mails_failed: meter.mailsFailed || undefined,
  mail_error: meter.mailError,
  event: meter.event,
})

/** A ray id ends in the data centre that took the request. */
const placeOf = (requestId = '') => /^[0-9a-f]{16}-([A-Z]{3})$/.exec(requestId)?.[1] ?? ''

/** Columns as docs/operate/observability.md lists them: new ones go to the end, since Analytics Engine knows them by number. */
const pointOf = (meter: Meter, outcome: Outcome): AnalyticsEngineDataPoint => ({
  // The sampling key: a rare operation keeps its points beside a frequent one.
  indexes: [outcome.operation],
  blobs: [
    outcome.at,
    outcome.operation,
    outcome.code ?? '',
    meter.event ?? '',
    meter.mailError ?? '',
    placeOf(meter.requestId),
  ],
  doubles: [
    outcome.status ?? 0,
    outcome.ms,
    meter.waited.d1 ?? 0,
    meter.trips,
    meter.tripsAfter,
    meter.rowsRead,
    meter.rowsWritten,
    meter.mailsSent,
    meter.mailsFailed,
    outcome.waiting ?? 0,
    outcome.faults ?? 0,
  ],
})

/**
 * Says what became of a request or a run of the cron: a JSON line in the log, and a point in Analytics Engine where there is a
 * binding. Never throws.
 * @param log `refusals`: a line only where something failed, or may have been an attempt at what one may not do (ASVS 16.3.2, 16.3.3)
 */
export const createReporter = (log: 'requests' | 'refusals', events?: AnalyticsEngineDataset): Report => {
  let told = false
  return (meter, outcome) => {
    if (log === 'requests' || isNotable(meter, outcome)) logLine(lineOf(meter, outcome))
    if (!events) return
    try {
      events.writeDataPoint(pointOf(meter, outcome))
    } catch (error) {
      // Once in the life of an isolate: it would be so with every request.
      if (!told) logError('events', error)
      told = true
    }
  }
}
