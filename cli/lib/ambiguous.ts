import type { EmailAddress } from '../../src/domain/email.ts'

/**
 * Whether some mail software would read another recipient in the local part, so that no new account gets it: encoded
 * words (RFC 2047), the percent hack (RFC 1123 §5.2.16), bang paths (RFC 976), and what shells expand. Existing and
 * imported users keep such an address.
 */
export const isAmbiguous = ({ canonical }: EmailAddress): boolean => /(=\?|[%!|`{}]).*@/.test(canonical)
