/**
 * Without what contacts and keyboards add: marks of direction that nobody sees, spaces that do not break, a full-width
 * plus, the scheme of a link (RFC 3966), brackets around the country's code. E.164 is digits alone, so nothing is lost.
 */
const plain = (text: string) =>
  text
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/\p{White_Space}/gu, ' ')
    .trim()
    .replace(/^tel:/i, '')
    .replace(/;isub=.*$/, '')
    .replace(/;phone-context=[^;]*$/i, '')
    .replace(/^[\uff0b\ufe62]/, '+')
    .replace(/^\((\+\d{1,3})\)/, '$1')

/**
 * Reads a phone number written internationally, with `+`, and returns it as E.164. Undefined for what cannot be one.
 * The numbering plans are loaded with the first number, not when the Worker starts.
 */
export const parsePhone = async (text: string): Promise<string | undefined> => {
  const { parseNumber } = await import('./phone-numbers.ts')
  const written = plain(text)
  return written.startsWith('+') ? parseNumber(written) : undefined
}
