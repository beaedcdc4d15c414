import { currentMeter } from './meter.ts'

/**
 * Logs an error as one JSON line with the id of the current request. Messages are left out: Drizzle's contain every
 * bound parameter, a parser's contain what was sent. The line has the kind of error, key words of a D1 error, a numeric
 * code, and the place in our code.
 */
export const logError = (at: string, error: unknown, extra: Record<string, string | number | undefined> = {}) => {
  const root = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const d1 =
    root instanceof Error
      ? /D1_\w*ERROR|SQLITE_\w+|Network connection lost|overloaded/.exec(root.message)?.[0]
      : undefined
  // Images and Cloudinary give a number for the reason: a quota, a refused key.
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

/** Logs an event as one JSON line. */
export const logLine = (line: object) => console.info(JSON.stringify(line))
