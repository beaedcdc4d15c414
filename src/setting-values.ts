import * as z from 'zod'
import { parseEmail } from './domain/email.ts'
import type { Rate } from './domain/limits.ts'
import type { Cloudinary, ScryptCost, SigningKey, TokenKey } from './settings.ts'

/** What a setting may look like, and what is made of its text. Messages say what is wrong and never repeat the value. */

export const list = z.string().transform((text) => text.split(/[\s,]+/).filter(Boolean))

/** Only an origin: a path here would be lost in cookies, CORS and the issuer, and `*` would match nothing. */
export const origin = z.string().transform((text, ctx) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:\/\/[^/?#@*]+\/?$/.test(text)) return url.origin
  ctx.addIssue({ code: 'custom', message: 'must be an http(s) origin without a path' })
  return z.NEVER
})

/** Digits only: JavaScript makes 0 of an empty text. A variable of wrangler.toml may also be a number. */
export const whole = (fallback: number, min: number, max: number) =>
  z.coerce
    .string()
    .regex(/^\d{1,6}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .default(fallback)

/** As canonical addresses have it: lower case, and the A-label of an international one. */
export const mailDomain = z.string().transform((text, ctx) => {
  const domain = parseEmail(`x@${text}`)?.canonical.slice(2)
  if (domain) return domain
  ctx.addIssue({ code: 'custom', message: 'must be domains such as example.com' })
  return z.NEVER
})

export const linkTemplate = z
  .string()
  .optional()
  .refine(
    (text) => !text || (text.includes('{token}') && /^https?:/.test(text) && URL.canParse(text)),
    'must be an http(s) URL that contains {token}',
  )

/** With a zone, so that it is one moment. None: the beginning of time. */
export const moment = z
  .union([z.literal(''), z.iso.datetime({ offset: true, error: 'must be a time such as 2026-01-31T12:00:00Z' })])
  .transform((text) => new Date(text || 0))
  .default(new Date(0))

const bytesOf = (text: string) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))

/** At least 256 bits that do not look typed: 32 random bytes hold 16 different ones but for one time in 10^15. */
const strong = (bytes: Uint8Array) => bytes.length >= 32 && new Set(bytes).size >= 16

/** `id.base64url`, separated by commas. The first makes tokens, all verify. */
export const tokenKeys = z.string().transform((text, ctx): TokenKey[] => {
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
  ctx.addIssue({ code: 'custom', message: 'must be id.base64url[,…] with different keys of 32 random bytes or more' })
  return z.NEVER
})

/** 32 bytes, the size of all numbers in both kinds of key (RFC 7518 §6.2.1, RFC 8037 §2). */
const number = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const anyKey = { x: number, d: number, kid: z.string().min(1).max(64) }

const privateJwk = z.discriminatedUnion('kty', [
  z.object({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    y: number,
    alg: z.literal('ES256').default('ES256'),
    ...anyKey,
  }),
  z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), alg: z.literal('EdDSA').default('EdDSA'), ...anyKey }),
])

export const signingKeys = z.string().transform((text, ctx): SigningKey[] => {
  try {
    const { keys } = z.object({ keys: z.array(privateJwk).min(1) }).parse(JSON.parse(text))
    if (new Set(keys.map((key) => key.kid)).size !== keys.length) throw new Error()
    return keys.map(({ d, ...key }) => {
      const publicJwk = { ...key, use: 'sig' }
      return { kid: key.kid, alg: key.alg, publicJwk, privateJwk: { ...publicJwk, d } }
    })
  } catch {}
  ctx.addIssue({ code: 'custom', message: 'must be a private JWKS of P-256 or Ed25519 keys with different kids' })
  return z.NEVER
})

export const scryptCost = z
  .string()
  .regex(/^ln=\d{1,2},r=8,p=\d{1,2}$/, 'must look like ln=15,r=8,p=3')
  .transform((text): ScryptCost => {
    const [ln, r, p] = text.match(/\d+/g)!.map(Number)
    return { ln: ln!, r: r!, p: p! }
  })
  .refine(({ ln, p }) => ln >= 1 && ln <= 15 && p >= 1 && p <= 10, 'must be within ln 1 to 15 and p 1 to 10')

/** As Cloudinary's console shows it. Options behind the name are refused, for none would be heeded. */
export const cloudinaryUrl = z.string().transform((text, ctx): Cloudinary => {
  const [, key, secret, cloud] =
    /^cloudinary:\/\/([0-9]{6,32}):([A-Za-z0-9_-]{16,128})@([A-Za-z0-9][A-Za-z0-9_-]{0,63})$/.exec(text) ?? []
  if (key && secret && cloud) return { cloud, key, secret }
  ctx.addIssue({ code: 'custom', message: 'must be cloudinary://key:secret@cloud' })
  return z.NEVER
})

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds. A window below leaves nothing to count; beyond, no cookie that might be counted lives. */
const shortestWindow = 10 * units.s
const longestWindow = 400 * units.d

/** `30/5m`: at most 30 in 5 minutes. Nothing switches a limit off. */
export const rate = (fallback: Rate, most = 100_000) =>
  z
    .string()
    .transform((text, ctx): Rate => {
      const [, limit, length, unit] = /^([1-9]\d{0,5})\/([1-9]\d{0,5})([smhd])$/.exec(text) ?? []
      const window = Number(length) * units[unit as keyof typeof units]
      if (limit && Number(limit) <= most && window >= shortestWindow && window <= longestWindow)
        return { limit: Number(limit), window }
      const message = `must look like 30/5m: from 1 to ${most} in a time from 10s to 400d`
      ctx.addIssue({ code: 'custom', message })
      return z.NEVER
    })
    .default({ limit: fallback.limit, window: fallback.window })
