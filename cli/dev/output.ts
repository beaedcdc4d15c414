import type { ChildProcess } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'

/**
 * Output of wrangler that nobody needs: its own line for each request, which the service logs too, and the notice that
 * it does not call the cron, which `npm start` calls.
 */
const noise =
  /^\[wrangler:info\] [A-Z]+ \S+ \d{3} |Scheduled Workers are not automatically triggered|^\s*curl "http.*scheduled/

/** A fault, which is shown at once. */
const fault = /\[ERROR\]|^\{"level":"error"/

/**
 * Shows the output of wrangler without its noise. What it prints while it starts is kept back, so that the addresses are
 * the last thing on the screen; if it does not start, everything is shown.
 */
export const withoutNoise = (
  child: ChildProcess,
  show = (line: string): unknown => process.stdout.write(`${line}\n`),
): { started: () => void; failed: () => void } => {
  let before: string[] | undefined = []
  const take = (line: string) => {
    const plain = stripVTControlCharacters(line)
    if (before && !fault.test(plain)) before.push(line)
    else if (!noise.test(plain)) show(line)
  }
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split(/\r?\n/)
      rest = lines.pop()!
      for (const line of lines) take(line)
    })
    stream?.on('end', () => rest && take(rest))
  }
  return {
    started: () => {
      before = undefined
    },
    failed: () => {
      for (const line of before ?? []) show(line)
      before = undefined
    },
  }
}
