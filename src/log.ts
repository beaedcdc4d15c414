import { currentMeter } from './meter.ts'

/**
 * One JSON line for what went wrong, with the id of the request at hand. Messages are left out: Drizzle's hold every bound parameter, a parser's hold what
 * was sent. What stays is the kind of error, D1's own words without values, a number, and the place in our code.
 */
export const logError = (at: string, error: unknown, extra: Record<string, string | number | undefined> = {}) => {
  const root = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const d1 =
    root instanceof Error
      ? /D1_\w*ERROR|SQLITE_\w+|Network connection lost|overloaded/.exec(root.message)?.[0]
      : undefined
  // What Images and Cloudinary say is a number: a quota, a refused key.
  const code = root instanceof Error && 'code' in root && typeof root.code === 'number' ? root.code : undefined
  const place =
    error instanceof Error
      ? /\((?:file:\/\/)?[^()]*?([\w-]+\.[jt]sx?:\d+:\d+)\)/.exec(error.stack ?? '')?.[1]
      : undefined
  console.error(
    JSON.stringify({
      level: 'error',
      at,
      error: root instanceof Error ? root.name : typeof root,
      d1,
      code,
      place,
      request_id: currentMeter()?.requestId,
      ...extra,
    }),
  )
}

/** One JSON line for what happened. */
export const logLine = (line: object) => console.info(JSON.stringify(line))
