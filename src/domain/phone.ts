/**
 * Reads a phone number written internationally, with `+`, and returns it as E.164. Undefined for what cannot be one.
 * The numbering plans are loaded with the first number, not when the Worker starts.
 */
export const parsePhone = async (text: string): Promise<string | undefined> => {
  const { parseNumber } = await import('./phone-numbers.ts')
  const parsed = text.trim().startsWith('+') ? parseNumber(text.trim()) : undefined
  return parsed?.isPossible() && !parsed.ext ? parsed.number : undefined
}
