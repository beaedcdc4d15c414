import { load, type Measured } from './load.ts'
import { median, medianOf, quantile } from './numbers.ts'
import type { Cell } from './plan.ts'

export type Spread = { median: number; least: number; most: number }

/**
 * The result of a cell over all rounds. Times are in milliseconds; percentiles cover the answers of all rounds
 * together.
 */
export type Line = {
  group: string
  who: string
  connections: number
  perSecond: Spread
  p50: number
  p99: number
  /** CPU time of the serving process per request; null if the system does not report it. */
  cpu: number | null
  /** Requests that were told to come back later, in all rounds. */
  shed: number
}

const spread = (values: number[]): Spread => ({
  median: median(values),
  least: Math.min(...values),
  most: Math.max(...values),
})

/** Shows the progress: on a terminal one line that changes, elsewhere a line now and then. */
const progress = (line: string, now: boolean) => {
  if (process.stdout.isTTY) process.stdout.write(`\r${line.padEnd(79)}`)
  else if (now) console.log(line)
}

/**
 * Measures all cells in turn, round after round, so that other work on the machine affects all of them alike. Every
 * other round goes backwards, so that no cell always comes first.
 */
export const measure = async (cells: Cell[], rounds: number): Promise<Line[]> => {
  const results = new Map<Cell, Measured[]>(cells.map((cell) => [cell, []]))
  for (const [index, { group, who, server, people, warming }] of cells.entries()) {
    if (warming === 0) continue
    progress(`warming ${index + 1} of ${cells.length}: ${group}, ${who}`, index % 10 === 0)
    await load(server, people, warming)
  }
  for (let round = 1; round <= rounds; round++) {
    for (const [index, cell] of (round % 2 === 1 ? cells : cells.toReversed()).entries()) {
      const { group, who, server, people, requests } = cell
      progress(`round ${round} of ${rounds}, ${index + 1} of ${cells.length}: ${group}, ${who}`, index % 10 === 0)
      results.get(cell)!.push(await load(server, people, requests))
    }
  }
  if (process.stdout.isTTY) console.log()
  return cells.map((cell) => {
    const measured = results.get(cell)!
    const latencies = measured.flatMap((one) => one.latencies)
    return {
      group: cell.group,
      who: cell.who,
      connections: cell.connections,
      perSecond: spread(measured.map((one) => one.perSecond)),
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      cpu: medianOf(measured.map((one) => one.cpu)) ?? null,
      shed: measured.reduce((sum, one) => sum + one.shed, 0),
    }
  })
}
