/**
 * What an operation may cost in one case. `test/operations/` has the budgets of every operation:
 * `test/worker/budgets.test.ts` holds the service to them, `test/worker/scale.test.ts` does so with many users, and
 * `npm run costs` makes docs/reference/costs.md from them. A member that is left out allows nothing.
 */
export type Budget = {
  /** The status of the reply; 200 by default. */
  status?: number
  /** Round trips to D1, exactly. */
  trips?: Pair
  statements?: Pair
  /** The most rows read and written, including those after the reply: D1 bills both. */
  rows?: readonly [read: number, written: number]
  kv?: { gets?: number; puts?: number; deletes?: number }
  r2?: { classA?: number; classB?: number; deletes?: number }
  /** Re-encoded pictures. */
  images?: number
  mails?: number
  /** Hashes of passwords. */
  hashes?: number
}

/** Before the reply and after it; one number if nothing follows. */
type Pair = number | readonly [before: number, after: number]

const pair = (given: Pair = 0): [before: number, after: number] => (typeof given === 'number' ? [given, 0] : [...given])

/** Returns a budget with all its members. */
export const inFull = ({
  status = 200,
  trips,
  statements,
  rows: [read, written] = [0, 0],
  kv,
  r2,
  ...others
}: Budget) => ({
  status,
  trips: pair(trips),
  statements: pair(statements),
  rows: [read, written] as [read: number, written: number],
  kv: { gets: 0, puts: 0, deletes: 0, ...kv },
  r2: { classA: 0, classB: 0, deletes: 0, ...r2 },
  ...{ images: 0, mails: 0, hashes: 0, ...others },
})

export type Spent = ReturnType<typeof inFull>

/**
 * Rows that the two commonest requests, from a known device and a new network, leave for the cron to remove: a session,
 * an audit entry, counters of limits. Removing a row counts as writing one.
 */
export const leaves = { logIn: 2, refresh: 0 }

/**
 * What a run of the cron costs at most while it looks for expired rows and finds none, with tables of up to 100,000
 * rows. It checks a portion of each of five tables, and records how far it has come.
 */
export const cleanUp = { rowsRead: 8000, rowsWritten: 11 }
