import { newId } from '../../src/domain/ids.ts'
import { execute, type Place, Stop, send } from '../lib/database.ts'
import { literal, statement } from '../lib/sql-literal.ts'
import { runDetail, untouched } from './statements.ts'

/** Users that are removed in one part. */
const portion = 1000

const number = (count: number) => count.toLocaleString('en')

/**
 * Prints the last 100 imports in the audit, newest first: when each began, and how many of its users nobody has used.
 */
export const listRuns = async (place: Place): Promise<void> => {
  const [rows = []] = await execute(
    [
      `select audit.detail ->> 'run' as run, min(audit.at) as began, count(*) as made, sum(coalesce(${untouched}, 0)) as unused
        from audit left join users on users.id = audit.user_id
        where audit.event = 'user_created' and audit.detail ->> 'by' = 'import' group by 1 order by 2 desc limit 100`,
    ],
    place,
  )
  if (rows.length === 0) console.log('The audit has no import.')
  for (const { run, began, made, unused } of rows)
    console.log(
      `${String(run)}  ${new Date(Number(began)).toISOString().slice(0, 16).replace('T', ' ')} UTC  users: ${number(Number(made))}, never used: ${number(Number(unused))}`,
    )
}

/** Returns the condition for users whom an import created. */
const ofRun = (run: string) =>
  statement`id in (select user_id from audit where event = 'user_created' and detail = ${runDetail(run)})`

/**
 * Removes the users whom an import created and nobody has used since. Their addresses can be imported or registered
 * again.
 * @throws Stop if there is no such import
 */
export const undo = async (run: string, place: Place): Promise<void> => {
  const [found] = await execute(
    [statement`select count(*) as made from audit where event = 'user_created' and detail = ${runDetail(run)}`],
    place,
  )
  const made = Number(found?.[0]?.made)
  if (made === 0) throw new Stop(`The audit has no import ${run}. npm run import -- --runs lists the imports.`)
  let removed = 0
  for (;;) {
    const [rows = []] = await execute(
      [`select id from users where ${ofRun(run)} and ${untouched} limit ${portion}`],
      place,
    )
    if (rows.length === 0) break
    const ids = literal(JSON.stringify(rows.map(({ id }) => id)))
    const doomed = `id in (select value from json_each(${ids})) and ${untouched}`
    const now = new Date()
    const detail = literal(JSON.stringify({ by: 'import', run, undone: true }))
    await send(
      [
        `insert into audit (id, at, event, user_id, detail)
          select ${literal(newId(now).slice(0, 15))} || substr(id, 16), ${now.getTime()}, 'account_deleted', id, ${detail}
          from users where ${doomed} on conflict do nothing`,
        `delete from users where ${doomed}`,
        // As for a replaced registration, the remaining entries name nobody.
        `update audit set user_id = null, ip = null, user_agent = null, detail = null
          where user_id in (select value from json_each(${ids})) and event <> 'account_deleted'
            and user_id not in (select id from users)`,
      ],
      place,
    )
    removed += rows.length
  }
  console.log(
    `Users removed: ${number(removed)}. Users left, because they have been used or changed since: ${number(made - removed)}.`,
  )
}
