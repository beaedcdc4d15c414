/**
 * What an operation may cost in one case. `test/operations/` has those of every operation: `test/worker/budgets.test.ts` holds
 * the service to them, `test/worker/scale.test.ts` with many users, and `npm run costs` makes docs/reference/costs.md of them. Where
 * nothing is said, nothing is allowed.
 */
export type Budget = {
  /** Of the reply; 200 where nothing is said. */
  status?: number
  /** Round trips to D1, exactly. */
  trips?: Pair
  statements?: Pair
  /** Rows read and written at most, what follows the reply included: this is what D1 bills. */
  rows?: readonly [read: number, written: number]
  kv?: { gets?: number; puts?: number; deletes?: number }
  r2?: { classA?: number; classB?: number; deletes?: number }
  /** Pictures encoded anew. */
  images?: number
  mails?: number
  /** Hashes of passwords. */
  hashes?: number
}

/** Before the reply and after it; one number where nothing follows. */
type Pair = number | readonly [before: number, after: number]

const pair = (given: Pair = 0): [before: number, after: number] => (typeof given === 'number' ? [given, 0] : [...given])

/** What a row allows, in full. */
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
 * Rows that the two commonest requests leave, where the device is known and the network is not, for the cron to remove when
 * their time is over: a session, an entry of the audit, counters of limits. To remove a row is to write one.
 */
export const leaves = { logIn: 2, refresh: 0 }
