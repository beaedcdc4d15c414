import type { ErrorCode } from './domain/problems.ts'
import { logError, logLine } from './log.ts'
import { type Meter, millisecondsOf } from './meter.ts'

/**
 * The outcome of a request or a run of the cron. It contains no address, name, IP or user agent: only what may stay in
 * a log for weeks.
 */
export type Outcome = {
  at: 'reply' | 'cron'
  /** Method and route template, as in the OpenAPI document; `none` if no route matched. */
  operation: string
  /** Milliseconds until the reply, or the end of the run. */
  ms: number
  /** The method as sent: HEAD belongs to a GET operation, OPTIONS to none. */
  method?: string
  status?: number
  code?: ErrorCode
  /** The caller, or the user whose tokens the reply contains. */
  user?: string
  /** Due mails that this run of the cron left, counted up to a hundred. */
  waiting?: number
  /** Expired rows and unused pictures that were removed. */
  removed?: number
  pictures?: number
  /** Unused pictures that stay because the database may be the wrong one. */
  pictures_kept?: number
  /** Accounts that were erased, and freezes that ended. */
  erased?: number
  thawed?: number
  /** Users whose search text was rewritten. */
  searched?: number
  /** Objects that the backup by the cron wrote. */
  backup_portions?: number
  archived?: number
  /** Alerts that were sent to the operators, and alerts that no channel could deliver. */
  alerts?: number
  alerts_failed?: number
  /** Parts of a run of the cron that failed; each has a log line of its own. */
  faults?: number
}

export type Report = (meter: Meter, outcome: Outcome) => void

/** Refusals that may be attempts to get around a protection. Everyday mistakes such as a typo are not included. */
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

const isNotable = (
  { mailsFailed, mailsUntranslated, event }: Meter,
  { status = 200, code, waiting, faults, pictures_kept, alerts_failed }: Outcome,
) =>
  status >= 500 ||
  (code && notable.includes(code)) ||
  mailsFailed ||
  mailsUntranslated ||
  event ||
  waiting ||
  pictures_kept ||
  alerts_failed ||
  faults

/** Returns the log line, without members that are zero or undefined. */
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
  mails_untranslated: meter.mailsUntranslated || undefined,
  event: meter.event,
})

/** A ray id ends with the data centre that received the request. */
const placeOf = (requestId = '') => /^[0-9a-f]{16}-([A-Z]{3})$/.exec(requestId)?.[1] ?? ''

/**
 * Columns as listed in docs/operate/observability.md: new ones go to the end, because Analytics Engine knows columns by number.
 */
const pointOf = (meter: Meter, outcome: Outcome): AnalyticsEngineDataPoint => ({
  // The sampling key: rare operations keep their points beside frequent ones.
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
    meter.mailsUntranslated,
  ],
})

/**
 * Creates a function that reports the outcome of a request or a run of the cron: one JSON log line, and a point in
 * Analytics Engine if there is a binding. It never throws.
 * @param log `refusals`: log a line only for failures and possible attacks (ASVS 16.3.2, 16.3.3)
 */
export const createReporter = (log: 'requests' | 'refusals', events?: AnalyticsEngineDataset): Report => {
  let told = false
  return (meter, outcome) => {
    if (log === 'requests' || isNotable(meter, outcome)) logLine(lineOf(meter, outcome))
    if (!events) return
    try {
      events.writeDataPoint(pointOf(meter, outcome))
    } catch (error) {
      // Once per isolate: the fault would repeat with every request.
      if (!told) logError('events', error)
      told = true
    }
  }
}
