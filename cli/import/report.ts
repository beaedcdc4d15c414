import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { execute, type Place } from '../lib/database.ts'
import { recreatePrivate } from '../lib/private-file.ts'
import type { Run } from './run.ts'
import { knowing, owning, replacing } from './statements.ts'

/** A report about lines of the file. Only the owner of the report can read it. */
export type Report = { write: (line: number, what: object) => void; close: () => Promise<void> }

/** Creates the report of a file. */
export const openReport = (file: string): Report => {
  const path = `${file}.import-report.ndjson`
  const stream = createWriteStream(path, { fd: recreatePrivate(path) })
  return {
    write: (line, what) => stream.write(`${JSON.stringify({ line, ...what })}\n`),
    close: () => finished(stream.end()),
  }
}

/** The line of each address in the file. */
export type Lines = Map<string, number>

/**
 * Reports the users who replaced a registration, and those whose address was already known.
 * @param anyKnown whether some addresses were known; if not, they are not looked up
 * @returns the number of each
 */
export const reportKnown = async (run: Run, anyKnown: boolean, lines: Lines, report: Report, place: Place) => {
  const ask = async (statements: string[]) => {
    const found: Record<string, unknown>[] = []
    for (const one of statements) found.push(...(await execute([one], place))[0]!)
    return found.map(({ address, there, kept }) => ({ line: lines.get(String(address)) ?? 0, there, kept }))
  }
  const replaced = await ask([replacing(run.id, new Date(run.began))])
  const known = anyKnown ? await ask(knowing([...lines.keys()], run.id)) : []
  for (const { line } of replaced)
    report.write(line, { replaced: 'email', why: 'had been registered, but nobody had verified it or logged in' })
  for (const { line, there, kept } of known)
    report.write(line, {
      known: 'email',
      why: there
        ? 'has an account, which stays unchanged'
        : kept
          ? 'is reserved for the owner of an account who can still undo a change of address'
          : 'was taken while the import ran',
    })
  return { replaced: replaced.length, known: known.length }
}

/** Writes which user has which old id, users known before included. Only the owner of the written file can read it. */
export const writeIds = async (path: string, ids: string[], place: Place): Promise<void> => {
  const stream = createWriteStream(path, { fd: recreatePrivate(path) })
  const asNdjson = /\.(?:nd)?jsonl?$/.test(path)
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  if (!asNdjson) stream.write('old_id,new_id\n')
  for (const one of owning(ids))
    for (const { old, id } of (await execute([one], place))[0]!)
      if (id !== null)
        stream.write(
          asNdjson ? `${JSON.stringify({ old_id: old, new_id: id })}\n` : `${cell(String(old))},${String(id)}\n`,
        )
  await finished(stream.end())
}
