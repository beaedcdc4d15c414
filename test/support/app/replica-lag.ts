type Sql = { sql: string; values: unknown[] }
type Place = Pick<D1Database, 'prepare' | 'batch'>

const reads = ({ sql }: Sql) => /^\s*select\b/i.test(sql)
const on = (place: Place, { sql, values }: Sql) => place.prepare(sql).bind(...values)

/** Returns a bookmark in D1's form: four hexadecimal numbers, of which only the second matters here. */
const bookmarkOf = (position: number) =>
  `00000001-${position.toString(16).padStart(8, '0')}-00000000-${'9f'.repeat(16)}`
const positionOf = (bookmark: string) => {
  const [, position] = /^00000001-([0-9a-f]{8})-00000000-[0-9a-f]{32}$/.exec(bookmark) ?? []
  if (!position) throw new Error('D1_ERROR: the bookmark is invalid')
  return Number.parseInt(position, 16)
}

/**
 * Returns a D1 with one read replica, which advances only as far as a test lets it. Both are separate databases that
 * began alike; writes to the primary are recorded, and repeated at the replica when it catches up.
 */
export const lagging = (primary: D1Database, replica: D1Database) => {
  const log: Sql[][] = []
  let applied = 0
  /** Writes run one after the other, as at the primary. */
  let turn: Promise<unknown> = Promise.resolve()
  const asked = new Set<'primary' | 'replica'>()
  const state: { fault: undefined | 'fails' | 'hangs' | 'stuck' } = { fault: undefined }

  const catchUp = async (to = log.length) => {
    while (applied < to) {
      const statements = log[applied++]!
      await replica.batch(statements.map((statement) => on(replica, statement)))
    }
  }

  const atPrimary = <T>(statements: Sql[], work: (place: Place) => Promise<T>): Promise<T> => {
    const next = async () => {
      asked.add('primary')
      const result = await work(primary)
      if (!statements.every(reads)) log.push(statements)
      return result
    }
    const done = turn.then(next, next)
    turn = done
    return done
  }

  const atReplica = async <T>(work: (place: Place) => Promise<T>, from?: number): Promise<T> => {
    asked.add('replica')
    const { fault } = state
    if (fault === 'fails') throw new Error('D1_ERROR: Network connection lost.')
    const never =
      fault === 'hangs' || (from !== undefined && (from > log.length || (fault === 'stuck' && from > applied)))
    if (never) return new Promise<never>(() => {})
    // D1 lets a replica that is behind the bookmark catch up first.
    if (from !== undefined) await catchUp(from)
    return work(replica)
  }

  type Ask = <T>(statements: Sql[], work: (place: Place) => Promise<T>) => Promise<T>
  const made = new WeakMap<object, Sql>()
  const place = (ask: Ask): Place => {
    const prepared = (statement: Sql): D1PreparedStatement => {
      const one = <T>(work: (real: D1PreparedStatement) => Promise<T>) =>
        ask([statement], (at) => work(on(at, statement)))
      const wrapped = {
        bind: (...values: unknown[]) => prepared({ sql: statement.sql, values }),
        all: () => one((real) => real.all()),
        run: () => one((real) => real.run()),
        raw: (options?: { columnNames?: false }) => one((real) => real.raw(options)),
      } as unknown as D1PreparedStatement
      made.set(wrapped, statement)
      return wrapped
    }
    return {
      prepare: (sql: string) => prepared({ sql, values: [] }),
      batch: <T>(statements: D1PreparedStatement[]) => {
        const plain = statements.map((statement) => made.get(statement)!)
        return ask(plain, (at) => at.batch<T>(plain.map((statement) => on(at, statement))))
      },
    }
  }

  const withSession = (constraint: string) => {
    let bookmark: string | null = null
    /**
     * The first query of the session. Only that one is certain to reach the primary; a repetition of it counts as the
     * same.
     */
    let first: string | undefined
    const ask: Ask = async (statements, work) => {
      const sql = statements.map((statement) => statement.sql).join()
      first ??= sql
      const toPrimary = !statements.every(reads) || (constraint === 'first-primary' && first === sql)
      if (toPrimary) {
        const result = await atPrimary(statements, work)
        bookmark = bookmarkOf(log.length)
        return result
      }
      const from = constraint.startsWith('first-') ? bookmark : constraint
      const result = await atReplica(work, from === null ? undefined : positionOf(from))
      bookmark = bookmarkOf(applied)
      return result
    }
    return { ...place(ask), getBookmark: () => bookmark } as D1DatabaseSession
  }

  return {
    binding: { ...place(atPrimary), withSession } as unknown as D1Database,
    catchUp,
    /** Returns the databases that were asked since the last call, in this order. */
    asked: () => {
      const names = [...asked]
      asked.clear()
      return names
    },
    /** `stuck`: the replica no longer catches up. */
    fault: (fault?: 'fails' | 'hangs' | 'stuck') => {
      state.fault = fault
    },
    bookmark: () => bookmarkOf(log.length),
  }
}
