/** Milliseconds of requests about addresses with an account, and about addresses without one. */
export type Times = { known: number[]; unknown: number[] }

export const median = (values: number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * Returns how often a value of the first list is larger than one of the second, ties counting half: 0.5 if nothing
 * distinguishes them.
 */
export const auc = (first: number[], second: number[]): number => {
  const wins = first.reduce((sum, a) => sum + second.reduce((won, b) => won + (a > b ? 1 : a === b ? 0.5 : 0), 0), 0)
  return wins / (first.length * second.length)
}

/** Milliseconds, and share of the larger median, by which medians may differ: the more generous of the two counts. */
const bounds = { milliseconds: 5, part: 0.05, auc: 0.1 }

/** Compares the two kinds; `within` says whether all bounds hold. */
export const compare = ({ known, unknown }: Times): { line: string; within: boolean } => {
  const [of, without] = [median(known), median(unknown)]
  const difference = of - without
  const allowed = Math.max(bounds.milliseconds, bounds.part * Math.max(of, without))
  const area = auc(known, unknown)
  const within = Math.abs(difference) <= allowed && Math.abs(area - 0.5) <= bounds.auc
  const ms = (value: number) => `${value.toFixed(1)} ms`
  const line = `known ${ms(of)}  unknown ${ms(without)}  difference ${ms(difference)} (±${ms(allowed)})  AUC ${area.toFixed(3)} (0.5±${bounds.auc})  ${known.length} pairs${within ? '' : '  OUTSIDE'}`
  return { line, within }
}

/**
 * How far the area of a population may be from one half: known and unknown addresses have several peaks, one for each
 * format.
 */
const populationAuc = 0.08

/**
 * Compares two kinds whose times have several peaks: their medians say nothing, but the area shows whether one kind
 * tends to be slower.
 */
export const comparePopulation = ({ known, unknown }: Times): { line: string; within: boolean } => {
  const area = auc(known, unknown)
  const within = Math.abs(area - 0.5) <= populationAuc
  const line = `AUC ${area.toFixed(3)} (0.5±${populationAuc})  ${known.length} pairs${within ? '' : '  OUTSIDE'}`
  return { line, within }
}
