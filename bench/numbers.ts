const sorted = (values: number[]) => [...values].sort((a, b) => a - b)

/** The value that this share of the values is not above; NaN of none. */
export const quantile = (values: number[], share: number): number =>
  sorted(values)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN

export const median = (values: number[]): number => {
  const [middle] = [sorted(values)]
  const half = (values.length - 1) / 2
  return ((middle[Math.floor(half)] ?? Number.NaN) + (middle[Math.ceil(half)] ?? Number.NaN)) / 2
}

/** Undefined where any of the values is. */
export const medianOf = (values: (number | undefined)[]): number | undefined =>
  values.every((value) => value !== undefined) ? median(values as number[]) : undefined
