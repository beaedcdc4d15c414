import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { execute, type Place } from '../lib/database.ts'
import { dropMark, findMarks, putMark } from '../lib/marks.ts'

/**
 * An unfinished import, which any computer that has the file resumes where it was interrupted. `of` is its fingerprint,
 * `began` is in milliseconds since 1970, and `sent` counts users.
 */
export type Run = { of: string; id: string; began: number; sent: number }

/** Milliseconds for which an interrupted import can be resumed. */
const resumableMs = 30 * 86_400_000

const keyOf = ({ of, id }: Run) => `import ${of} ${id}`

/** Returns a digest of the file and of the other values that must be equal for a run to be resumed. */
export const fingerprint = async (file: string, ...rest: unknown[]): Promise<string> => {
  const hash = createHash('sha256').update(JSON.stringify(rest))
  for await (const part of createReadStream(file)) hash.update(part as Buffer)
  return hash.digest('hex')
}

/** Returns the interrupted run of a file with this fingerprint. */
export const stopped = async (of: string, place: Place): Promise<Run | undefined> => {
  const [[mark] = []] = await execute([findMarks(`import ${of} `)], place)
  return mark && { of, id: String(mark.key).split(' ')[2]!, began: Number(mark.at), sent: Number(mark.count) }
}

/** The statement that records how far a run is, for the transaction that sends its users. */
export const progress = (run: Run, now = Date.now()): string =>
  putMark({ key: keyOf(run), count: run.sent, at: run.began, until: now + resumableMs })

/** The statement that forgets a run. */
export const finished = (run: Run): string => dropMark(keyOf(run))
