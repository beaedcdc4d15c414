import { literal, statement } from './sql-literal.ts'

/**
 * The progress of a restore, an import or a rotation of keys, so that any computer can continue it. A mark is a row of
 * `throttles` in the database that it is about, so that it can be written in one transaction with what it counts.
 * The space in its key keeps it apart from counters. Times are in milliseconds; the cron removes a mark after `until`.
 */
export type Mark = { key: string; count: number; at: number; until: number }

const kinds = ['restored', 'import', 'rotation']

export const isMark = (key: unknown): boolean => kinds.some((kind) => String(key).startsWith(`${kind} `))

const beginning = (start: string) => statement`key >= ${start} and key < ${`${start}\u{10ffff}`}`

/** The query of all marks whose key begins like this, the newest first. */
export const findMarks = (start: string) =>
  `select key, count, blocked_until as at, ends_at as until from throttles where ${beginning(start)} order by at desc`

const cells = ({ key, count, at, until }: Mark) => [key, count, at, until, until].map(literal).join(', ')
const into = 'insert into throttles (key, count, blocked_until, ends_at, short_ends_at)'

/** The statement that writes a mark. */
export const putMark = (mark: Mark) =>
  `${into} values (${cells(mark)}) on conflict (key) do update set count = excluded.count,
    blocked_until = excluded.blocked_until, ends_at = excluded.ends_at, short_ends_at = excluded.short_ends_at`

export const dropMark = (key: string) => statement`delete from throttles where key = ${key}`

/**
 * Returns statements that replace the only mark whose key begins with `start`. They change nothing if its key is no
 * longer `before`, so only one of two computers continues. The last statement returns the current mark.
 */
export const replaceMark = (start: string, before: string | undefined, next: Mark): string[] => [
  `${into} select ${cells(next)} where coalesce((select group_concat(key) from throttles where ${beginning(start)}), '')
    = ${literal(before ?? '')}`,
  statement`delete from throttles where key = ${before ?? ''} and exists (select 1 from throttles where key = ${next.key})`,
  findMarks(start),
]
