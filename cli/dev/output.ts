import type { ChildProcess } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'

/**
 * Output of wrangler that nobody needs: its own line for each request, which the service logs too, and the notice that
 * it does not call the cron, which `npm start` calls.
 */
const noise =
  /^\[wrangler:info\] [A-Z]+ \S+ \d{3} |Scheduled Workers are not automatically triggered|^\s*curl "http.*scheduled/

/**
 * Returns a short line for a request that the service logged as JSON, and nothing for a quiet run of the cron. Every
 * other line stays as it is.
 */
export const shortened = (line: string): string | undefined => {
  if (!/^\{"level":"info","at":"(?:reply|cron)"/.test(line)) return line
  try {
    const { at, operation, status, code, ms, mail_error, event, faults } = JSON.parse(line)
    if (at === 'cron') return faults || event || mail_error ? line : undefined
    // `npm start` itself sends this request, to see whether the service answers.
    if (operation === 'GET /health') return
    return [status, operation, `${ms} ms`, code, event, mail_error].filter(Boolean).join('  ')
  } catch {
    return line
  }
}

/** A fault, which is shown at once. */
const fault = /\[ERROR\]|^\{"level":"error"/

/**
 * Shows the output of wrangler without its noise, and each request in one short line. What it prints while it starts is
 * kept back, so that the addresses are the last thing on the screen; if it does not start, everything is shown.
 */
export const withoutNoise = (
  child: ChildProcess,
  show = (line: string): unknown => process.stdout.write(`${line}\n`),
): { started: () => void; failed: () => void } => {
  let before: string[] | undefined = []
  const take = (line: string) => {
    const plain = stripVTControlCharacters(line)
    if (before && !fault.test(plain)) before.push(line)
    else if (!noise.test(plain)) {
      const short = shortened(line)
      if (short !== undefined) show(short)
    }
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
