import type { EmailAddress } from '../../src/domain/email.ts'

/**
 * Local parts that no new account gets, for some of what a mail passes reads another recipient in them: encoded words (RFC
 * 2047), the percent hack (RFC 1123 §5.2.16), bang paths (RFC 976), and what shells expand. A user with such an address
 * already keeps it, and whoever is imported brings it along.
 */
export const isAmbiguous = ({ canonical }: EmailAddress): boolean => /(=\?|[%!|`{}]).*@/.test(canonical)
