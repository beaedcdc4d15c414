/**
 * Removes what address books and keyboards add: invisible direction marks, non-breaking spaces, a full-width plus, the
 * `tel:` scheme (RFC 3966), brackets around the calling code. E.164 has digits only, so nothing is lost.
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
 * Parses a phone number written internationally, with `+`, and returns it in E.164. Undefined if it cannot be one. The
 * numbering plans are loaded with the first number, not when the Worker starts.
 */
export const parsePhone = async (text: string): Promise<string | undefined> => {
  const { parseNumber } = await import('./phone-numbers.ts')
  const written = plain(text)
  return written.startsWith('+') ? parseNumber(written) : undefined
}
