import { type Effort, everything, ours, tuned } from './plan.ts'
import type { Line } from './run.ts'
import { operations } from './side.ts'
import type { Startup } from './startup.ts'
import type { Trips } from './trips.ts'

/** A run, as stored in bench/results/latest.json. */
export type Report = {
  date: string
  machine: string
  versions: Record<string, string>
  /** False for a run with few requests, made only for the checks. */
  full: boolean
  effort: Effort
  trips: Trips[]
  startups: Startup[]
  lines: Line[]
}

/** Rows of cells; the first row has the headings. */
export type Table = string[][]

const digits = (value: number) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2))

/** Returns one line for each contestant at each operation, with both numbers of connections. */
export const loadTable = ({ lines }: Report): Table => {
  const find = (group: string, who: string, connections: number) =>
    lines.find((line) => line.group === group && line.who === who && line.connections === connections)
  const heads = lines.filter((line) => line.connections === 1)
  const body = heads.map((alone) => {
    const many = find(alone.group, alone.who, 16)
    const own = find(alone.group, ours, 16)
    const rival = alone.group !== 'floor' && alone.who !== ours
    const rate = rival && many && own ? own.perSecond.median / many.perSecond.median : undefined
    const cpu = rival && many?.cpu && own?.cpu ? many.cpu / own.cpu : undefined
    return [
      alone.group,
      alone.who,
      digits(alone.perSecond.median),
      digits(alone.p50),
      many ? digits(many.perSecond.median) : '',
      many ? `${digits(many.perSecond.least)}–${digits(many.perSecond.most)}` : '',
      many ? digits(many.p50) : '',
      many ? digits(many.p99) : '',
      many ? (many.cpu === null ? 'not reported here' : digits(many.cpu)) : '',
      many?.shed ? `${many.shed}` : '',
      rate === undefined ? '' : digits(rate),
      cpu === undefined ? '' : digits(cpu),
    ]
  })
  const headings = [
    'operation',
    'who',
    '1: req/s',
    'p50 ms',
    '16: req/s',
    'spread',
    'p50 ms',
    'p99 ms',
    'CPU ms',
    'shed',
    '× rate',
    '× CPU',
  ]
  return [headings, ...body]
}

export const tripsTable = ({ trips }: Report): Table => {
  const plugins = 'Better Auth, tuned, admin and jwt'
  const columns = [ours, 'Better Auth', tuned, 'Better Auth, tuned, cookie cache', plugins, everything]
  const body = operations.map((operation) => {
    const of = (who: string) => trips.find((found) => found.operation === operation && found.who === who)
    const own = of(ours)
    const rows = [own, of(tuned) ?? of(plugins), of(everything)].map((found) =>
      found ? `${found.rowsRead} / ${found.rowsWritten}` : '',
    )
    const counts = columns.map((who) => {
      const found = of(who)
      return found ? `${found.trips}${found.after > 0 ? ` + ${found.after} after` : ''}` : ''
    })
    return [operation, ...counts, ...rows]
  })
  const rowsOf = ['Gatehouse', 'the peer', 'the peer, everything'].map((who) => `rows read / written: ${who}`)
  return [['D1 round trips', ...columns, ...rowsOf], ...body]
}

export const startupTable = ({ startups }: Report): Table => [
  ['Worker', 'KiB, minified', 'KiB, gzip', 'evaluating the modules, ms', 'from there to the first reply, ms'],
  ...startups.map(({ who, bytes, gzip, evaluation, firstReply }) => [
    who,
    (bytes / 1024).toFixed(1),
    (gzip / 1024).toFixed(1),
    evaluation.toFixed(0),
    firstReply.toFixed(0),
  ]),
]

/** Renders a table for a terminal: columns as wide as needed, words to the left and numbers to the right. */
export const aligned = (rows: Table): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const words = rows[0]!.map((_, column) => rows.slice(1).every((row) => !/^[\d.]/.test(row[column]!)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => (words[column] ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export const table = (report: Report): string =>
  [tripsTable(report), loadTable(report), startupTable(report)].map(aligned).join('\n\n')
