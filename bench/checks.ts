import { ours, tuned } from './plan.ts'
import type { Line } from './run.ts'
import type { Operation } from './side.ts'
import type { Startup } from './startup.ts'
import type { Trips } from './trips.ts'

/** The round trips before the reply that Gatehouse documents; a run must need exactly as many. */
const promised: Partial<Record<Operation, number>> = {
  register: 2,
  'log in': 2,
  'check a session': 1,
  'refresh a session': 1,
  'change password': 2,
  'sign out': 1,
  'list users': 2,
}

/** Checks what must hold in every run. @returns a sentence for each check that failed */
export const failures = (trips: Trips[], startups: Startup[], lines: Line[], full: boolean): string[] => {
  const failed: string[] = []
  for (const { operation, trips: taken } of trips.filter(({ who }) => who === ours)) {
    const promise = promised[operation]
    if (promise !== undefined && taken !== promise)
      failed.push(`${operation} takes ${taken} trips to D1, not ${promise}`)
    const rivals = trips.filter((other) => other.who !== ours && other.operation === operation)
    const best = Math.min(...rivals.map((other) => other.trips))
    if (taken > best) failed.push(`${operation} takes ${taken} trips to D1, the peer's best ${best}`)
  }
  const startup = (who: string) => startups.find((found) => found.who === who)!
  const [own, core, complete] = [startup(ours), startup('Better Auth'), startup('Better Auth, everything')]
  // The core of the peer has no second factors and no passkeys, so the size of its bundle is no measure.
  if (own.gzip >= complete.gzip) failed.push(`the bundle has ${own.gzip} bytes compressed, the peer's ${complete.gzip}`)
  if (own.shortest >= core.shortest)
    failed.push(
      `evaluating the modules takes ${own.shortest.toFixed(0)} ms at best, the peer's ${core.shortest.toFixed(0)}`,
    )
  if (full) {
    const rate = (who: string) =>
      lines.find((line) => line.group === 'check a session' && line.who === who && line.connections === 16)!.perSecond
    if (rate(ours).median < rate(tuned).median)
      failed.push(
        `profile answers ${rate(ours).median.toFixed(0)} requests per second, the peer ${rate(tuned).median.toFixed(0)}`,
      )
  }
  return failed
}
