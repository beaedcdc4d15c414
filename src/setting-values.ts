import * as z from 'zod/mini'
import { parseEmail } from './domain/email.ts'
import type { Rate } from './domain/model.ts'
import { allowedOrigin, letsStrangersIn } from './origins.ts'

export type SigningKey = { kid: string; alg: string; publicJwk: JsonWebKey; privateJwk: JsonWebKey }
export type TokenKey = { id: string; secret: Uint8Array }
export type ScryptCost = { ln: number; r: number; p: number }
export type Transport = 'both' | 'body' | 'cookie'
export type Cloudinary = { cloud: string; key: string; secret: string }

/** The formats of settings, and how their text is parsed. Messages say what is wrong and never repeat the value. */

/** Parses a text with `read`; if that returns undefined, `message` says what the text must be. */
const textOf = <T>(read: (text: string) => T | undefined, message: string) =>
  z.pipe(
    z.string(),
    z.transform((text, ctx): T => {
      const made = read(text)
      if (made !== undefined) return made
      ctx.issues.push({ code: 'custom', input: text, message })
      return z.NEVER
    }),
  )

export const listOf = <S extends z.core.$ZodType<unknown, string>>(entry: S) =>
  z.pipe(
    z.string(),
    z.pipe(
      z.transform((text: string) => text.split(/[\s,]+/).filter(Boolean)),
      z.array(entry),
    ),
  )

/** Only an origin: a path here would be lost in cookies, CORS and the issuer, and `*` would match nothing. */
export const origin = textOf((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url && /^https?:\/\/[^/?#@*]+\/?$/.test(text) ? url.origin : undefined
}, 'must be an http(s) origin without a path')

/**
 * The origin of a page that may act for its visitor: an ordinary one, that of an app or an extension, or a pattern with
 * one wildcard label.
 */
export const pageOrigin = textOf(
  allowedOrigin,
  'must be an http(s) origin without a path, a pattern such as https://*.site.pages.dev, or the origin of an app or an extension such as capacitor://localhost',
).check(
  z.refine((origin) => !letsStrangersIn(origin), {
    error:
      'must not be a pattern directly below a shared host such as pages.dev: include your own site, as in https://*.site.pages.dev',
  }),
)

/** Digits only: JavaScript turns an empty text into 0. A variable in wrangler.toml may also be a number. */
export const whole = (fallback: number, min: number, max: number) =>
  z._default(
    z.pipe(
      z.transform((value) => (typeof value === 'object' ? '' : String(value))),
      z.pipe(
        z.string().check(z.regex(/^\d{1,6}$/, 'must be a whole number')),
        z.pipe(z.transform(Number), z.int().check(z.minimum(min), z.maximum(max))),
      ),
    ),
    fallback,
  )

export const mailbox = textOf((text) => parseEmail(text)?.address, 'must be an address such as name@example.com')

/** In canonical form: lower case, and the A-label of an international domain. */
export const mailDomain = textOf(
  (text) => parseEmail(`x@${text}`)?.canonical.slice(2),
  'must be domains such as example.com',
)

export const linkTemplate = z
  .optional(z.string())
  .check(
    z.refine(
      (text) => !text || (text.includes('{token}') && /^https?:/.test(text) && URL.canParse(text)),
      'must be an http(s) URL that contains {token}',
    ),
  )

/** Empty means not set. */
export const httpsUrl = z
  .optional(z.string())
  .check(z.refine((text) => !text || (/^https:\/\/[^\s@]+$/.test(text) && URL.canParse(text)), 'must be an https URL'))

/** Empty means not set. */
export const hookUrl = z
  .optional(z.string())
  .check(
    z.refine(
      (text) => !text || (/^https?:\/\/[^@#]+$/.test(text) && URL.canParse(text)),
      'must be an https URL without credentials',
    ),
  )

/** A time with a time zone. Empty means the beginning of time. */
export const moment = z._default(
  z.pipe(
    z.union([z.literal(''), z.iso.datetime({ offset: true })]),
    z.transform((text) => new Date(text || 0)),
  ),
  new Date(0),
)

const bytesOf = (text: string) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))

/** At least 256 bits that do not look typed: 32 random bytes have fewer than 16 values with probability 3 × 10⁻¹⁷. */
const strong = (bytes: Uint8Array) => bytes.length >= 32 && new Set(bytes).size >= 16

/** `id.base64url`, separated by commas. The first key signs, and all verify. */
export const tokenKeys = textOf((text): TokenKey[] | undefined => {
  try {
    const keys = text.split(',').map((entry) => {
      const [, id, secret] = /^\s*([A-Za-z0-9_-]{1,16})\.([A-Za-z0-9_-]+)\s*$/.exec(entry) ?? []
      if (!id || !secret) throw new Error()
      return { id, secret: bytesOf(secret) }
    })
    if (
      keys.every((key) => strong(key.secret)) &&
      new Set(keys.map((key) => key.id)).size === keys.length &&
      new Set(keys.map((key) => key.secret.join())).size === keys.length
    )
      return keys
  } catch {}
}, 'must be id.base64url[,…] with different keys of 32 random bytes or more')

/** 32 bytes, the size of all numbers in both kinds of key (RFC 7518 §6.2.1, RFC 8037 §2). */
const number = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/))
const anyKey = { x: number, d: number, kid: z.string().check(z.minLength(1), z.maxLength(64)) }

const privateJwk = z.union([
  z.object({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    y: number,
    alg: z._default(z.literal('ES256'), 'ES256'),
    ...anyKey,
  }),
  z.object({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    alg: z._default(z.literal('EdDSA'), 'EdDSA'),
    ...anyKey,
  }),
])

const jwks = z.object({ keys: z.array(privateJwk).check(z.minLength(1)) })

export const signingKeys = textOf((text): SigningKey[] | undefined => {
  try {
    const { keys } = jwks.parse(JSON.parse(text))
    if (new Set(keys.map((key) => key.kid)).size !== keys.length) throw new Error()
    return keys.map(({ d, ...key }) => {
      const publicJwk = { ...key, use: 'sig' }
      return { kid: key.kid, alg: key.alg, publicJwk, privateJwk: { ...publicJwk, d } }
    })
  } catch {}
}, 'must be a private JWKS of P-256 or Ed25519 keys with different kids')

export const scryptCost = z
  .pipe(
    z.string().check(z.regex(/^ln=\d{1,2},r=8,p=\d{1,2}$/, 'must look like ln=15,r=8,p=3')),
    z.transform((text): ScryptCost => {
      const [ln, r, p] = text.match(/\d+/g)!.map(Number)
      return { ln: ln!, r: r!, p: p! }
    }),
  )
  .check(z.refine(({ ln, p }) => ln >= 1 && ln <= 15 && p >= 1 && p <= 10, 'must be within ln 1 to 15 and p 1 to 10'))

/** As Cloudinary's console shows it. Options after the name are refused, because they would have no effect. */
export const cloudinaryUrl = textOf((text): Cloudinary | undefined => {
  const [, key, secret, cloud] =
    /^cloudinary:\/\/([0-9]{6,32}):([A-Za-z0-9_-]{16,128})@([A-Za-z0-9][A-Za-z0-9_-]{0,63})$/.exec(text) ?? []
  return key && secret && cloud ? { cloud, key, secret } : undefined
}, 'must be cloudinary://key:secret@cloud')

export const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds. A shorter window would count nothing; a longer one would outlive every device cookie. */
const shortestWindow = 10 * units.s
const longestWindow = 400 * units.d

/** `30/5m`: at most 30 in 5 minutes. No value switches a limit off. */
export const rate = (fallback: Rate, most = 100_000) =>
  z._default(
    textOf((text): Rate | undefined => {
      const [, limit, length, unit] = /^([1-9]\d{0,5})\/([1-9]\d{0,5})([smhd])$/.exec(text) ?? []
      const window = Number(length) * units[unit as keyof typeof units]
      return limit && Number(limit) <= most && window >= shortestWindow && window <= longestWindow
        ? { limit: Number(limit), window }
        : undefined
    }, `must look like 30/5m: 1 to ${most} in 10s to 400d`),
    { limit: fallback.limit, window: fallback.window },
  )
