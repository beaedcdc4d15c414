import { specimenOf } from './hashes/foreign.ts'
import type { Macs } from './macs.ts'
import type { PasswordFormat } from './model.ts'

/** The format that stands for users whose password is still in the old system. */
export const bridge = 'bridge'

/** How many characters of a MAC the draw uses: 48 bits, which a number holds exactly. */
const drawn = 8

/**
 * Returns the dummy hash to compute for an address without a hash. A MAC of the address draws its format from the
 * formats of the stored hashes. So unknown addresses together cost what known ones cost, and each address costs the
 * same every time: time does not reveal accounts (enumeration). Undefined stands for our own format. `bridge` stands
 * for a wait as long as an answer of the old system; it is only drawn if that system is asked (`bridged`).
 */
export const nobodysHash = (
  macs: Macs,
  canonical: string,
  formats: PasswordFormat[],
  bridged = false,
): string | undefined => {
  const drawnFrom = ({ format }: PasswordFormat) => format !== 'none' && (bridged || format !== bridge)
  const foreign = formats.filter(drawnFrom)
  if (foreign.length === 0) return
  const without = formats.filter((one) => !drawnFrom(one)).reduce((sum, { count }) => sum + count, 0)
  const withPassword = Math.max(1, foreign[0]!.users - without)
  const bytes = atob(macs.sign('population', canonical).slice(0, drawn).replaceAll('-', '+').replaceAll('_', '/'))
  const [high, low] = [0, 3].map((from) => [0, 1, 2].reduce((sum, n) => sum * 256 + bytes.charCodeAt(from + n), 0))
  let place = ((high! * 2 ** 24 + low!) / 2 ** 48) * withPassword
  for (const { format, count } of foreign) {
    if (place < count) return format === bridge ? bridge : specimenOf(format)
    place -= count
  }
  return
}
