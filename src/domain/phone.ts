/**
 * Reads a phone number written internationally, with `+`, and returns it as E.164. Undefined for what cannot be one.
 * The metadata of all countries is loaded with the first number, not when the Worker starts.
 */
export const parsePhone = async (text: string): Promise<string | undefined> => {
  const { parsePhoneNumberFromString } = await import('libphonenumber-js/min')
  // Without `extract` the whole text has to be a number: with it, one is looked for in any text.
  const parsed = text.trim().startsWith('+') ? parsePhoneNumberFromString(text.trim(), { extract: false }) : undefined
  return parsed?.isPossible() && !parsed.ext ? parsed.number : undefined
}
