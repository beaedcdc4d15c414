import { fromBase64, fromHex } from '../../../src/domain/hashes/base64.ts'
import { digestBytes } from '../../../src/domain/hashes/format.ts'
import { base64, base64Of, base64OfHex, cryptOrder, fromCrypt, plainBase64 } from './bytes.ts'
import { digestForm, pbkdf2Form, prehashedBcrypt, scryptForm } from './forms.ts'

/**
 * Rewrites hashes from a system's own form into one that is verified here. The result is rewritten again until no rule
 * matches. A rule that returns undefined does not apply.
 */
type Rule = { form: RegExp; as: (...parts: string[]) => string | undefined }

const utf8 = new TextEncoder()

/** Reads a digest that is followed by its salt, in base64 or hexadecimal (RFC 2307 and its followers). */
const ldap = (digest: keyof typeof digestBytes, text: string): string | undefined => {
  const bytes =
    /^[0-9a-f]+$/i.test(text) && text.length >= 2 * digestBytes[digest] ? fromHex(text.toLowerCase()) : fromBase64(text)
  const length = digestBytes[digest]
  if (!bytes || bytes.length < length) return
  return digestForm(digest, 'ps', 1, base64(bytes.slice(length)), base64(bytes.slice(0, length)))
}

/** Reads a hash of ASP.NET Core Identity: a byte for the version, then big-endian numbers, salt and key. */
const aspNet = (text: string): string | undefined => {
  const bytes = fromBase64(text)
  if (!bytes) return
  if (bytes[0] === 0)
    return bytes.length === 49 ? pbkdf2Form('sha1', 1000, bytes.slice(1, 17), bytes.slice(17)) : undefined
  if (bytes[0] !== 1 || bytes.length < 13 + 32) return
  const view = new DataView(bytes.buffer)
  const [digest, rounds, length] = [
    ['sha1', 'sha256', 'sha512'][view.getUint32(1)],
    view.getUint32(5),
    view.getUint32(9),
  ]
  if (!digest || length < 8 || length > 64) return
  return pbkdf2Form(digest, rounds, bytes.slice(13, 13 + length), bytes.slice(13 + length))
}

const rules: Rule[] = [
  // Django writes a name before the hashes of other systems.
  { form: /^bcrypt\$(\$2[aby]\$.+)$/, as: (hash) => hash },
  { form: /^bcrypt_sha256\$(\$2[aby]\$.+)$/, as: (hash) => prehashedBcrypt('hex-sha256', hash!) },
  { form: /^argon2(\$argon2.+)$/, as: (hash) => hash },
  {
    form: /^pbkdf2_sha1\$(\d+)\$([^$]+)\$([A-Za-z0-9+/]+=*)$/,
    as: (rounds, salt, hash) => pbkdf2Form('sha1', rounds!, utf8.encode(salt), fromBase64(hash!)!),
  },
  {
    form: /^scrypt\$(\d+)\$([^$]+)\$(\d+)\$(\d+)\$([A-Za-z0-9+/]+)=*$/,
    as: (N, salt, r, p, hash) => scryptForm(N!, r!, p!, base64Of(salt!), hash!),
  },
  // Werkzeug, which Flask uses.
  {
    form: /^scrypt:(\d+):(\d+):(\d+)\$([^$]+)\$([0-9a-f]+)$/,
    as: (N, r, p, salt, hash) => scryptForm(N!, r!, p!, base64Of(salt!), base64OfHex(hash!)),
  },
  {
    form: /^pbkdf2:(sha1|sha256|sha512):(\d+)\$([^$]+)\$([0-9a-f]+)$/,
    as: (digest, rounds, salt, hash) => pbkdf2Form(digest!, rounds!, utf8.encode(salt), fromHex(hash!)),
  },
  // PBKDF2 as a PHC string (Auth0, Kratos), and passlib's with SHA-1, whose name contains no digest.
  {
    form: /^\$pbkdf2-(sha1|sha256|sha512)\$i=(\d+)(?:,l=\d+)?\$([^$]+)\$([^$]+)$/,
    as: (digest, rounds, salt, hash) => {
      const [s, h] = [salt!, hash!].map(fromBase64)
      return s && h && pbkdf2Form(digest!, rounds!, s, h)
    },
  },
  { form: /^(?:\$pbkdf2\$|\{PBKDF2\})(\d+\$[^$]+\$[^$]+)$/, as: (rest) => `$pbkdf2-sha1$${rest}` },
  { form: /^\{PBKDF2-(SHA256|SHA512)\}(.+)$/, as: (digest, rest) => `$pbkdf2-${digest!.toLowerCase()}$${rest}` },
  // Atlassian writes 16 bytes of salt and 32 bytes of PBKDF2-SHA1 with 10,000 rounds.
  {
    form: /^\{PKCS5S2\}([A-Za-z0-9+/]{64})$/,
    as: (text) => pbkdf2Form('sha1', 10_000, fromBase64(text!)!.slice(0, 16), fromBase64(text!)!.slice(16)),
  },
  // WordPress since 6.8 writes bcrypt of an HMAC. Its key is the same everywhere.
  { form: /^\$wp(\$2[aby]\$.+)$/, as: (hash) => prehashedBcrypt(`base64-sha384,${base64Of('wp-sha384')}`, hash!) },
  {
    form: /^\$[PH]\$([./0-9A-Za-z])(.{8})([./0-9A-Za-z]{22})$/,
    as: (count, salt, hash) => {
      const log = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.indexOf(count!)
      return `$phpass$${2 ** log}$${base64Of(salt!)}$${base64(fromCrypt(hash!, 16))}`
    },
  },
  // passlib's bcrypt_sha256. In version 2, the salt is the key of an HMAC.
  {
    form: /^\$bcrypt-sha256\$v=2,t=2[aby],r=(\d+)\$(.{22})\$(.{31})$/,
    as: (cost, salt, hash) => `$pre=base64-sha256,@salt$bcrypt$${cost!.padStart(2, '0')}$${salt}$${hash}`,
  },
  {
    form: /^\$bcrypt-sha256\$2[aby],(\d+)\$(.{22})\$(.{31})$/,
    as: (cost, salt, hash) => `$pre=base64-sha256$bcrypt$${cost!.padStart(2, '0')}$${salt}$${hash}`,
  },
  // crypt(3).
  {
    form: /^\$([56])\$(?:rounds=(\d+)\$)?([^$]{0,16})\$([./0-9A-Za-z]+)$/,
    as: (kind, rounds = '5000', salt, hash) => {
      const digest = kind === '5' ? 'sha256' : 'sha512'
      if (hash!.length !== (kind === '5' ? 43 : 86)) return
      return `$${digest}-crypt$${rounds}$${base64Of(salt!)}$${base64(fromCrypt(hash!, digestBytes[digest], cryptOrder[digest]))}`
    },
  },
  {
    form: /^\$(1|apr1)\$([^$]{0,8})\$([./0-9A-Za-z]{22})$/,
    as: (name, salt, hash) =>
      `$md5-crypt$1000,${name}$${base64Of(salt!)}$${base64(fromCrypt(hash!, 16, cryptOrder.md5))}`,
  },
  // Dovecot and Spring write a name before the hashes of other systems. Only Spring writes `{ldap}`.
  {
    form: /^\{(?:ldap|CRYPT|BLF-CRYPT|SHA256-CRYPT|SHA512-CRYPT|MD5-CRYPT|ARGON2I|ARGON2ID|bcrypt)\}(.+)$/i,
    as: (hash) => hash,
  },
  { form: /^\{argon2(?:@SpringSecurity_v5_[28])?\}(\$argon2.+)$/, as: (hash) => hash },
  {
    form: /^\{scrypt(?:@SpringSecurity_v(?:4_1|5_8))?\}\$([0-9a-f]+)\$([^$]+)\$([^$]+)$/,
    as: (parameters, salt, hash) => {
      const all = Number.parseInt(parameters!, 16)
      const [ln, r, p] = [all >> 16, (all >> 8) & 255, all & 255].map(String)
      return scryptForm(2 ** Number(ln), r!, p!, plainBase64(salt!), plainBase64(hash!))
    },
  },
  // Spring's PBKDF2 with the defaults of its encoder and no secret: a salt of 8 or 16 bytes, then the hash.
  {
    form: /^\{pbkdf2(@SpringSecurity_v5_8)?\}([0-9a-f]+)$/,
    as: (newer, hex) => {
      const bytes = fromHex(hex!)
      const salt = newer ? 16 : 8
      return pbkdf2Form(newer ? 'sha256' : 'sha1', newer ? 310_000 : 185_000, bytes.slice(0, salt), bytes.slice(salt))
    },
  },
  {
    form: /^\{sha256\}([0-9a-f]{80})$/,
    as: (hex) => digestForm('sha256', 'sp', 1024, base64OfHex(hex!.slice(0, 16)), base64OfHex(hex!.slice(16))),
  },
  // Spring's MessageDigestPasswordEncoder hashes the salt together with its braces.
  {
    form: /^\{(MD5|SHA-1|SHA-256)\}(\{[^}]*\})?([0-9a-f]{32,64})$/,
    as: (digest, salt = '', hex) => digestForm(digest!, 'ps', 1, base64Of(salt), base64OfHex(hex!)),
  },
  // RFC 2307 and its followers. Dovecot may add the encoding.
  { form: /^\{S?SHA(?:\.b64|\.hex)?\}(.+)$/i, as: (text) => ldap('sha1', text!) },
  { form: /^\{S?SHA256(?:\.b64|\.hex)?\}(.+)$/i, as: (text) => ldap('sha256', text!) },
  { form: /^\{S?SHA512(?:\.b64|\.hex)?\}(.+)$/i, as: (text) => ldap('sha512', text!) },
  { form: /^\{(?:SMD5|LDAP-MD5|PLAIN-MD5|MD5)(?:\.b64|\.hex)?\}(?!\$)(.+)$/i, as: (text) => ldap('md5', text!) },
  // Dovecot's PBKDF2 is `$1$salt$rounds$hex`, and the salt is a text.
  {
    form: /^\{PBKDF2\}\$1\$([^$]+)\$(\d+)\$([0-9a-f]+)$/,
    as: (salt, rounds, hex) => pbkdf2Form('sha1', rounds!, utf8.encode(salt), fromHex(hex!)),
  },
  // Werkzeug before 0.13 writes an HMAC with the salt as key. SHA-1 and MD5 in this form are Django's: see `django`
  // below.
  {
    form: /^(sha256|sha512)\$([^$]+)\$([0-9a-f]+)$/,
    as: (digest, salt, hex) => digestForm(digest!, 'hmac', 1, base64Of(salt!), base64OfHex(hex!)),
  },
  // Lucia 2 has the parameters of Better Auth, and the salt is a text.
  {
    form: /^s2:([^:]+):([0-9a-f]{128})$/,
    as: (salt, hash) => scryptForm(2 ** 14, '16', '1', base64Of(salt!), base64OfHex(hash!)),
  },
  { form: /^([A-Za-z0-9+/]{60,}={0,2})$/, as: (text) => aspNet(text!) },
]

/** Forms whose meaning depends on the system that wrote them. */
export const ofSource: Record<string, Rule[]> = {
  django: [
    {
      form: /^(sha1|md5)\$([^$]*)\$([0-9a-f]+)$/,
      as: (digest, salt, hex) => digestForm(digest!, 'sp', 1, base64Of(salt!), base64OfHex(hex!)),
    },
  ],
  kratos: [
    {
      form: /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/,
      as: (N, r, p, salt, hash) => scryptForm(N!, r!, p!, salt!.replace(/=+$/, ''), hash!.replace(/=+$/, '')),
    },
  ],
}

/**
 * Returns a hash in a form that is verified here, however its source wrote it. An unknown hash is returned unchanged.
 */
export const rewritten = (hash: string, source = ''): string => {
  for (const { form, as } of [...(ofSource[source] ?? []), ...rules]) {
    const parts = form.exec(hash)
    const other = parts && as(...parts.slice(1))
    if (other) return other === hash ? hash : rewritten(other)
  }
  return hash
}
