import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { placeOf } from './cloudflare-account.ts'
import { execute, Stop, send } from './database.ts'
import type { Deployment } from './deployment.ts'
import { dropMark, findMarks, type Mark, replaceMark } from './marks.ts'
import type { Step, Subject } from './rotation.ts'

/**
 * The state of a rotation in a deployment. `at`: when the last step was taken. `due`: the earliest time of the next
 * step, by the settings at the last step; undefined until the upload is confirmed. `ids`: the ids of the keys, in their
 * order. `key`: the key of the mark that stores this.
 */
export type Shared = { key: string; step: Step; at: Date; due: Date | undefined; ids: string[] }
type Next = Pick<Shared, 'step' | 'due' | 'ids'>

/** Milliseconds: longer than any token lives. */
const keptMs = 1000 * 86_400_000

const start = (subject: Subject) => `rotation ${subject} `

/** Returns a mark with a new key for each attempt: two computers may attempt the same step with the same ids. */
const markOf = (subject: Subject, { step, due, ids }: Next, now: Date): Mark => ({
  key: `${start(subject)}${step} ${due?.getTime() ?? 0} ${ids.map(encodeURIComponent).join()} ${createHash('sha256').update(String(now.getTime())).digest('hex').slice(0, 8)}`,
  count: 1,
  at: now.getTime(),
  until: now.getTime() + keptMs,
})

const parse = (row: Record<string, unknown>): Shared => {
  const key = String(row.key)
  const [, , step, due, ids] = key.split(' ') as [string, string, Step, string, string]
  return {
    key,
    step,
    at: new Date(Number(row.at)),
    due: Number(due) > 0 ? new Date(Number(due)) : undefined,
    ids: ids.split(','),
  }
}

/** Returns the state of a rotation as the deployed database has it. @throws {Stop} if it does not answer */
export const readShared = async (subject: Subject, deployment: Deployment): Promise<Shared | undefined> => {
  const [rows] = await execute([findMarks(start(subject))], placeOf(deployment, true))
  const [row] = rows ?? []
  return row && parse(row)
}

/**
 * Writes the next state in place of the one that was read.
 * @throws {Stop} if somebody else was faster
 */
export const writeShared = async (
  subject: Subject,
  before: Shared | undefined,
  next: Next,
  deployment: Deployment,
  now: Date,
): Promise<Shared> => {
  const mark = markOf(subject, next, now)
  const results = await execute(replaceMark(start(subject), before?.key, mark), placeOf(deployment, true))
  if (results.at(-1)?.[0]?.key !== mark.key)
    throw new Stop(
      'Somebody else has just taken a step of this rotation, so nothing was uploaded. Run the command again.',
    )
  return parse(mark)
}

export const dropShared = (shared: Shared, deployment: Deployment): Promise<void> =>
  send([dropMark(shared.key)], placeOf(deployment, true))

/** @throws {Stop} if the file does not have the keys of the deployment: it was copied before somebody's last step */
export const assertCurrent = (shared: Shared | undefined, ids: string[], { secretFile, env }: Deployment): void => {
  if (!shared || shared.ids.join() === ids.join()) return
  // The step that drops the old keys writes the file first, and removes the state only after the upload.
  if (shared.step === 'use' && ids.join() === shared.ids[0]) return
  const file = basename(secretFile)
  throw new Stop(
    `${file} has the keys ${ids.join(', ')}, and the deployment has ${shared.ids.join(', ')}: somebody took a step of this rotation elsewhere. Take their ${file}. If it is lost: npm run rotate -- --abandon uploads the keys of this file (--env ${env})`,
  )
}
