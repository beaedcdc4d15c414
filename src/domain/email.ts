import { AuthError } from './errors.ts'
import { unicodeDomain } from './punycode.ts'
import { trimmed } from './text.ts'

export type EmailAddress = {
  /** As given, except that an international domain is stored as the A-label that mail is sent to. */
  address: string
  /** The form that accounts and counters compare. */
  canonical: string
}

/**
 * RFC 5322 §3.2.3 dot-atom. Quoted local parts are legal but rare, and parsers disagree about them, so they are
 * refused.
 */
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/

/** Letters, marks and digits, and the characters that RFC 5892 allows only in some contexts: see `outOfContext`. */
const label =
  /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}\-\u00b7\u0375\u05f3\u05f4\u200c-\u200d\u30fb]*[\p{L}\p{M}\p{N}\u05f3])?$/u

/**
 * RFC 5892 A.3 to A.9: characters in a place where they are not allowed. The URL parser checks A.1 and A.2, the two
 * joiners.
 */
const outOfContext = [
  /(?<!l)\u00b7|\u00b7(?!l)/iu,
  /\u0375(?!\p{Script=Greek})/u,
  /(?<!\p{Script=Hebrew})[\u05f3\u05f4]/u,
  /^[^\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]*\u30fb[^\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]*$/u,
  /[\u0660-\u0669].*[\u06f0-\u06f9]|[\u06f0-\u06f9].*[\u0660-\u0669]/u,
]

/**
 * Local parts that are valid atoms by RFC 5322, but that some mail software takes for another recipient, a command or a
 * file: RFC 2047 words and the quoted-printable octets inside them, the percent hack (RFC 1123 §5.2.16), bang paths
 * (RFC 976), pipes and files of sendmail, expansions of shells and of Exim, command line options.
 */
const ambiguous = /=\?|\?=|=[0-7][0-9a-f]|[%!|`{}]|^[-/]/i

/**
 * Parses an e-mail address as people type or paste it, including forms that only older rows have. Two addresses are
 * equal if their canonical forms are: the local part in ASCII lower case, the domain as its lower-case A-label (RFC
 * 5891). Undefined for non-ASCII local parts, quotes, comments, IP literals, a domain without a dot, and characters
 * that another parser might fold into different ones (a Kelvin sign for k).
 */
export const parseEmail = (text: string): EmailAddress | undefined => {
  const written = unwrapped(text)
  if (written === undefined || written.length > 254) return
  const at = written.lastIndexOf('@')
  const local = written.slice(0, at)
  const domain = written.slice(at + 1)
  if (at < 1 || local.length > 64 || !localPart.test(local)) return
  const ascii = asciiDomain(domain)
  if (!ascii) return
  const address = `${local}@${/^[\x21-\x7e]+$/.test(domain) ? domain : ascii}`
  const canonical = `${local.toLowerCase()}@${ascii}`
  return canonical.length <= 254 ? { address, canonical } : undefined
}

/**
 * Parses an address for a new account or a change of address. Also undefined if some mail software may read it as
 * another one.
 */
export const parseNewEmail = (text: string): EmailAddress | undefined => {
  const email = parseEmail(text)
  return email && !isAmbiguous(email) ? email : undefined
}

/**
 * Whether some mail software may read the address as another one. An account may have such an address from an import or
 * an earlier version, and keeps it, but no account gets a new one. Some decoders turn an `xn--` label that is not a
 * valid A-label into other characters of an address (RFC 5891 §5.3).
 */
export const isAmbiguous = ({ canonical }: EmailAddress) => {
  const at = canonical.lastIndexOf('@')
  return ambiguous.test(canonical.slice(0, at)) || unicodeDomain(canonical.slice(at + 1)) === undefined
}

const ambiguousAddress =
  'is one that mail servers read differently: it has %, !, |, `, {, } or =? before the @, begins with - or /, or has an impossible domain'

export const refusedAddress = () =>
  new AuthError('validation_failed', {
    errors: [{ field: 'email', code: 'invalid_email', detail: ambiguousAddress }],
  })

/**
 * Refuses an address that no account may get any more. Do not call it for the address that the account already has.
 * @throws AuthError `validation_failed`
 */
export const checkNewEmail = (email: EmailAddress): void => {
  if (isAmbiguous(email)) throw refusedAddress()
}

/** Returns why an address is refused, in words that say what to change. */
export const faultOf = (text: string): string => {
  const email = parseEmail(text)
  if (email && isAmbiguous(email)) return ambiguousAddress
  const local = (unwrapped(text) ?? '').split('@')[0]!
  return /@/.test(text) && /[^\0-\x7f]/.test(local) && /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]+$/u.test(local)
    ? 'has characters before the @ that are not supported: use a to z, digits and a few signs'
    : 'is not an e-mail address'
}

/** Removes what a paste adds: white space at the ends and the `mailto:` scheme (RFC 6068). */
const unwrapped = (text: string): string | undefined => {
  if (text.length > 1000) return
  const pasted = trimmed(text)
  if (!/^mailto:/i.test(pasted)) return pasted
  try {
    return decodeURIComponent(pasted.slice('mailto:'.length).split('?')[0]!)
  } catch {
    return
  }
}

const asciiDomain = (given: string): string | undefined => {
  const domain = given.normalize('NFC')
  // NFC already turns a Kelvin sign into an ASCII letter.
  if (domain.normalize('NFKC') !== domain || given.includes('\u212a')) return
  const labels = domain.split('.')
  if (labels.length < 2 || !labels.every((part) => label.test(part) && !outOfContext.some((rule) => rule.test(part))))
    return
  const url = `http://${domain}/`
  if (!URL.canParse(url)) return
  const host = new URL(url).hostname
  const last = host.slice(host.lastIndexOf('.') + 1)
  return host.length <= 253 && host.split('.').every((part) => part.length <= 63) && !/^\d/.test(last)
    ? host
    : undefined
}
