import { everything, ours, tuned, type VariantName } from './plan.ts'
import type { Line } from './run.ts'
import { hashing, type Operation, operations } from './side.ts'

/** One bar: Gatehouse's requests per second at 16 connections, divided by those of the rival. */
export type Bar = { label: string; ratio: number }

const withOurHash: VariantName = 'Better Auth, tuned, with our hash'
const rivals: VariantName[] = [
  tuned,
  withOurHash,
  'Better Auth, tuned, cookie cache',
  'Better Auth, tuned, admin and jwt',
  everything,
]

/** Returns a bar for each operation and each rival that was measured with 16 connections. */
export const barsOf = (lines: Line[]): Bar[] => {
  const rate = (operation: Operation, who: string) =>
    lines.find((line) => line.group === operation && line.who === who && line.connections === 16)?.perSecond.median
  return operations.flatMap((operation) => {
    const own = rate(operation, ours)
    return rivals.flatMap((rival) => {
      const other = rate(operation, rival)
      if (!own || !other) return []
      const hash = hashing.includes(operation) && rival === tuned ? ' (a weaker hash)' : ''
      return [{ label: `${operation}, ${rival.replace('Better Auth, ', '')}${hash}`, ratio: own / other }]
    })
  })
}

const width = 860
const middle = 560
const row = 24
/** Pixels of a doubling. */
const doubling = 90

/** Draws the bars on a logarithmic scale: to the right of the middle Gatehouse is ahead, to the left the rival. */
export const picture = (bars: Bar[]): string => {
  const height = 64 + bars.length * row
  const at = (ratio: number) => middle + Math.log2(ratio) * doubling
  const lines = [0.25, 0.5, 1, 2, 4].map(
    (ratio) =>
      `<line x1="${at(ratio)}" x2="${at(ratio)}" y1="40" y2="${height - 12}" stroke="${ratio === 1 ? '#333' : '#ddd'}"/><text x="${at(ratio)}" y="34" text-anchor="middle">× ${ratio}</text>`,
  )
  const drawn = bars.map(({ label, ratio }, index) => {
    const y = 44 + index * row
    const end = Math.min(at(ratio), width - 70)
    const [from, to] = [Math.min(middle, end), Math.max(middle, end)]
    const ahead = ratio >= 1
    return [
      `<text x="300" y="${y + 15}" text-anchor="end">${label}</text>`,
      `<rect x="${from.toFixed(1)}" y="${y + 3}" width="${(to - from).toFixed(1)}" height="${row - 8}" fill="${ahead ? '#1f6f5c' : '#b3541e'}"/>`,
      `<text x="${(ahead ? to + 6 : from - 6).toFixed(1)}" y="${y + 15}" text-anchor="${ahead ? 'start' : 'end'}">${ratio.toFixed(2)}</text>`,
    ].join('')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="Requests per second of Gatehouse, divided by those of Better Auth">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="12" y="18" font-size="14">Requests per second of Gatehouse, divided by those of Better Auth: above 1 Gatehouse is ahead</text>
${[...lines, ...drawn].join('\n')}
</svg>
`
}
