import { AuthError } from './errors.ts'
import { unicodeDomain } from './punycode.ts'
import { trimmed } from './text.ts'

export type EmailAddress = {
  /** As given; an international domain is kept as the A-label that mail is sent to. */
  address: string
  /** What accounts and counters compare. */
  canonical: string
}

/** RFC 5322 §3.2.3 dot-atom. Quoted local parts are legal and useless but to confuse parsers, so they are refused. */
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/

/** Letters, marks and digits, and what RFC 5892 allows between certain ones: see `outOfContext`. */
const label =
  /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}\-\u00b7\u0375\u05f3\u05f4\u200c-\u200d\u30fb]*[\p{L}\p{M}\p{N}\u05f3])?$/u

/** RFC 5892 A.3 to A.9: what stands where it may not. A.1 and A.2, of the two joiners, are asked by the URL parser. */
const outOfContext = [
  /(?<!l)\u00b7|\u00b7(?!l)/iu,
  /\u0375(?!\p{Script=Greek})/u,
  /(?<!\p{Script=Hebrew})[\u05f3\u05f4]/u,
  /^[^\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]*\u30fb[^\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]*$/u,
  /[\u0660-\u0669].*[\u06f0-\u06f9]|[\u06f0-\u06f9].*[\u0660-\u0669]/u,
]

/**
 * Local parts that are atoms by RFC 5322 and that some software on the way of a mail takes for another recipient, a
 * command or a file: RFC 2047 words and the quoted-printable octets inside them, the percent hack (RFC 1123 §5.2.16),
 * bang paths (RFC 976), pipes and files of sendmail, expansions of shells and of Exim, options of a command line.
 */
const ambiguous = /=\?|\?=|=[0-7][0-9a-f]|[%!|`{}]|^[-/]/i

/**
 * Reads an e-mail address as a person types or pastes it, any that may be on file. Addresses are equal when their
 * canonical forms are: the local part in ASCII lower case, the domain as its lower-case A-label (RFC 5891). Undefined for
 * what is refused: other than ASCII in the local part, quotes, comments, IP literals, a domain without a dot, or characters
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

/** The same for an address that an account is to get: not one that others on the way of a mail may read as another. */
export const parseNewEmail = (text: string): EmailAddress | undefined => {
  const email = parseEmail(text)
  return email && !isAmbiguous(email) ? email : undefined
}

/**
 * Such an address may be on file, from before it was refused or from an import, and goes on working; no account gets it.
 * An `xn--` that stands for no letters is read by some decoders as characters of an address (RFC 5891 §5.3).
 */
export const isAmbiguous = ({ canonical }: EmailAddress) => {
  const at = canonical.lastIndexOf('@')
  return ambiguous.test(canonical.slice(0, at)) || unicodeDomain(canonical.slice(at + 1)) === undefined
}

const ambiguousAddress =
  'is written in a way that mail servers read differently: with %, !, |, `, {, } or =? before the @, a - or / at its beginning, or a domain that cannot be'

export const refusedAddress = () =>
  new AuthError('validation_failed', {
    errors: [{ field: 'email', code: 'invalid_email', detail: ambiguousAddress }],
  })

/** For where the address on file may come again. @throws AuthError `validation_failed` */
export const checkNewEmail = (email: EmailAddress): void => {
  if (isAmbiguous(email)) throw refusedAddress()
}

/** Why an address was refused, in words that say what to change. */
export const faultOf = (text: string): string => {
  const email = parseEmail(text)
  if (email && isAmbiguous(email)) return ambiguousAddress
  const local = (unwrapped(text) ?? '').split('@')[0]!
  return /@/.test(text) && /[^\0-\x7f]/.test(local) && /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]+$/u.test(local)
    ? 'has letters or signs before the @ that are not supported: only a to z without accents, digits and a few signs are'
    : 'is not an e-mail address'
}

/** Without what comes along in a paste: white space at the ends, and the scheme of a link (RFC 6068). */
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
  // A Kelvin sign is an ASCII letter by NFC already.
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
