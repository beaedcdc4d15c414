import { type Column, getTableName, type SQL, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Db } from './database.ts'
import { sweeps } from './schema.ts'

/**
 * A table whose expired rows the cron finds by walking through it. With an index by time, each write would also write
 * that index.
 */
export type Swept = { table: SQLiteTable; key: Column }

/** The number of cron runs that one walk through a table takes: as many as there are in a day. */
const runsOfPass = 1440

const named = ({ table }: Swept) => sql`${sweeps.name} = ${getTableName(table)}`

/**
 * Moves on to the next portion of a table. A portion has `least` rows, or more in a large table, so that the walk
 * through it takes a day. Writes nothing while one portion holds the whole table.
 */
export const moveOn = (db: Db, swept: Swept, least: number) => {
  const { table, key } = swept
  const from = sql`coalesce(${sweeps.until}, '')`
  const last = db
    .select({ rows: sql`max(${least}, ${sweeps.size} / ${runsOfPass}, ${sweeps.seen} / ${runsOfPass}) - 1`.as('rows') })
    .from(sweeps)
    .where(named(swept))
  const until = sql`(select ${key} from ${table} where ${key} > ${from} order by ${key} limit 1 offset ${last})`
  return db
    .insert(sweeps)
    .select(
      sql`select ${sweeps.name}, ${from}, ${until}, ${sweeps.seen}, ${sweeps.size} from ${sweeps} where ${named(swept)}`,
    )
    .onConflictDoUpdate({
      target: sweeps.name,
      set: { position: sql`excluded.position`, until: sql`excluded.until` },
      setWhere: sql`${sweeps.position} <> excluded.position or ${sweeps.until} is not excluded.until`,
    })
}

/** Whether a row is in the portion that the sweep has come to. */
export const inPortion = (db: Db, swept: Swept): SQL => {
  const of = (column: Column) =>
    db
      .select({ at: sql`${column}`.as('at') })
      .from(sweeps)
      .where(named(swept))
  // A blob is greater than any text. With `or … is null`, SQLite would read on to the end of the table.
  return sql`${swept.key} > ${of(sweeps.position)} and ${swept.key} <= coalesce(${of(sweeps.until)}, x'')`
}

/** Counts the rows that are left in the portion. At the end of a pass, `size` is how many the table has. */
export const countPortion = (db: Db, swept: Swept) => {
  const rows = sql`(select count(*) as n from ${swept.table} where ${inPortion(db, swept)}) as portion`
  const seen = sql`iif(${sweeps.position} = '', 0, ${sweeps.seen}) + portion.n`
  return db
    .insert(sweeps)
    .select(
      sql`select ${sweeps.name}, ${sweeps.position}, ${sweeps.until}, ${seen}, iif(${sweeps.until} is null, ${seen}, ${sweeps.size}) from ${sweeps}, ${rows} where ${named(swept)}`,
    )
    .onConflictDoUpdate({
      target: sweeps.name,
      set: { seen: sql`excluded.seen`, size: sql`excluded.size` },
      setWhere: sql`${sweeps.seen} <> excluded.seen or ${sweeps.size} <> excluded.size`,
    })
}
