import type { Code, GatehouseError } from './errors.ts'
import type { Words } from './words.ts'

/** Returns a span of time in words, rounded up, so that waiting that long suffices. */
const span = (seconds: number, tag: string) => {
  const minutes = Math.ceil(seconds / 60)
  const [unit, count] =
    seconds <= 90 ? ['second', seconds] : minutes <= 90 ? ['minute', minutes] : ['hour', Math.ceil(minutes / 60)]
  return new Intl.NumberFormat(tag, { style: 'unit', unit: String(unit), unitDisplay: 'long' }).format(Number(count))
}

/**
 * Returns the words of a language.
 * @param waits sentences with `{time}`, for refusals that say how long to wait
 */
export const translation = (
  tag: string,
  sentences: Partial<Record<Code, string>>,
  waits: Partial<Record<Code, string>>,
): Partial<Words> => {
  const timed = Object.entries(waits).map(([code, sentence]) => [
    code,
    ({ retryAfter }: GatehouseError) =>
      retryAfter === undefined ? sentences[code as Code] : sentence.replace('{time}', () => span(retryAfter, tag)),
  ])
  return { ...sentences, ...Object.fromEntries(timed) }
}
