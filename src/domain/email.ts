export type EmailAddress = {
  /** As given, but for an international domain, which is kept as the A-label that mail is sent to. */
  address: string
  /** What accounts and counters compare. */
  canonical: string
}

/** RFC 5322 §3.2.3 dot-atom. Quoted local parts are legal and useless but to confuse parsers, so they are refused. */
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const label = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?$/u

/**
 * Reads an e-mail address as a person types it. Addresses are equal when their canonical forms are: the local part in
 * ASCII lower case, the domain as its lower-case A-label (RFC 5891). Undefined for what is refused: other than ASCII in the
 * local part, quotes, comments, IP literals, a domain without a dot, or characters that another parser might fold into
 * different ones (a Kelvin sign for k).
 */
export const parseEmail = (text: string): EmailAddress | undefined => {
  // First of all: to trim a run of spaces within a text takes a time that grows with its square.
  if (text.length > 1000) return
  const trimmed = text.replace(/^ +| +$/g, '')
  if (trimmed.length > 254) return
  const at = trimmed.lastIndexOf('@')
  const local = trimmed.slice(0, at)
  const domain = trimmed.slice(at + 1)
  if (at < 1 || local.length > 64 || !localPart.test(local)) return
  const ascii = asciiDomain(domain)
  if (!ascii) return
  const address = `${local}@${/^[\x21-\x7e]+$/.test(domain) ? domain : ascii}`
  const canonical = `${local.toLowerCase()}@${ascii}`
  return canonical.length <= 254 ? { address, canonical } : undefined
}

const asciiDomain = (domain: string): string | undefined => {
  if (domain.normalize('NFKC') !== domain) return
  const labels = domain.split('.')
  if (labels.length < 2 || !labels.every((part) => label.test(part))) return
  const url = `http://${domain}/`
  if (!URL.canParse(url)) return
  const host = new URL(url).hostname
  const last = host.slice(host.lastIndexOf('.') + 1)
  return host.length <= 253 && host.split('.').every((part) => part.length <= 63) && !/^\d/.test(last)
    ? host
    : undefined
}
