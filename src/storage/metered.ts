import { currentMeter, type Meter, timed } from '../meter.ts'

/**
 * Runs one round trip and counts it when it has been answered, so that a trip still running when the reply is sent
 * counts as work after the reply.
 * @param results the parts of an answer that report their rows; undefined if none does
 */
const trip = async <T>(work: () => Promise<T>, results: (answer: T) => D1Result[] | undefined): Promise<T> => {
  const meter = currentMeter()
  if (!meter) return work()
  try {
    const answer = await timed('d1', work)
    countRows(meter, results(answer))
    return answer
  } finally {
    if (meter.replied) meter.tripsAfter++
    else meter.trips++
  }
}

const countRows = (meter: Meter, results: D1Result[] | undefined) => {
  if (!results) meter.uncounted++
  // A broken binding may return anything else; the caller handles that.
  else if (Array.isArray(results))
    for (const result of results) {
      meter.rowsRead += result?.meta?.rows_read ?? 0
      meter.rowsWritten += result?.meta?.rows_written ?? 0
      meter.databaseBytes = result?.meta?.size_after ?? meter.databaseBytes
    }
}

const one = <T>(answer: D1Result<T>) => [answer]
const none = () => undefined

/** Used when a statement is sent alone. A batch gets the real statement. */
class MeteredStatement {
  readonly real: D1PreparedStatement

  constructor(real: D1PreparedStatement) {
    this.real = real
  }

  bind(...values: unknown[]) {
    return new MeteredStatement(this.real.bind(...values))
  }

  all<T>() {
    return trip(() => this.real.all<T>(), one)
  }

  run<T>() {
    return trip(() => this.real.run<T>(), one)
  }

  raw<T extends unknown[]>(options?: { columnNames?: false }) {
    return trip(() => this.real.raw<T>(options), none)
  }

  first<T>(column?: string) {
    return trip(() => (column === undefined ? this.real.first<T>() : this.real.first<T>(column)), none)
  }
}

const meteredCalls = (d1: Pick<D1Database, 'prepare' | 'batch'>) => ({
  prepare: (query: string) => new MeteredStatement(d1.prepare(query)),
  batch: (statements: MeteredStatement[]) =>
    trip(
      () => d1.batch(statements.map(({ real }) => real)),
      (answer) => answer,
    ),
})

/** Returns a D1 that counts its round trips, their rows and their time on the current request's meter. */
export const createMeteredD1 = (d1: D1Database): D1Database =>
  ({
    ...meteredCalls(d1),
    withSession: (constraint?: string) => {
      const session = d1.withSession(constraint)
      return { ...meteredCalls(session), getBookmark: () => session.getBookmark() }
    },
  }) as unknown as D1Database
