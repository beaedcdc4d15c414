const sorted = (values: number[]) => [...values].sort((a, b) => a - b)

/** Returns the least value that at least this share of the values does not exceed; NaN for an empty list. */
export const quantile = (values: number[], share: number): number =>
  sorted(values)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN

export const median = (values: number[]): number => {
  const [middle] = [sorted(values)]
  const half = (values.length - 1) / 2
  return ((middle[Math.floor(half)] ?? Number.NaN) + (middle[Math.ceil(half)] ?? Number.NaN)) / 2
}

/** Undefined if any of the values is undefined. */
export const medianOf = (values: (number | undefined)[]): number | undefined =>
  values.every((value) => value !== undefined) ? median(values as number[]) : undefined
