import * as z from 'zod'
import { Stop } from '../../lib/database.ts'
import { base64Of, base64OfHex, plainBase64 } from './bytes.ts'
import { digestForm } from './forms.ts'

/** How a source changed passwords before it hashed them, and how it made digests that do not name their format. */
export const Hashing = z.strictObject({
  prehash: z
    .enum([
      'append',
      'prepend',
      ...(['hex', 'base64'] as const).flatMap((how) =>
        (['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const).flatMap(
          (digest) => [`${how}-${digest}`, `hmac-${how}-${digest}`] as const,
        ),
      ),
    ])
    .optional(),
  digest: z
    .strictObject({
      of: z.enum(['md5', 'sha1', 'sha256', 'sha512']),
      order: z.enum(['password-salt', 'salt-password', 'hmac']).default('password-salt'),
      rounds: z.int().min(1).max(1_000_000).default(1),
      /** The column of the salt, which is a text. */
      salt: z.string().optional(),
    })
    .optional(),
})
export type Hashing = z.infer<typeof Hashing> & { pepper?: string | undefined }

const orders = { 'password-salt': 'ps', 'salt-password': 'sp', hmac: 'hmac' } as const

/** Returns the form for a digest in hexadecimal or base64 that does not name its format. The mapping describes it. */
export const digestOf = (value: string, salt: string, { of, order, rounds }: NonNullable<Hashing['digest']>) =>
  digestForm(
    of,
    orders[order],
    rounds,
    base64Of(salt),
    /^(?:[0-9a-f]{2})+$/i.test(value) ? base64OfHex(value) : plainBase64(value),
  )

/**
 * Returns a hash together with how the password was changed before hashing.
 * @param hash in a form that is verified here
 */
export const wrapped = (hash: string, { prehash, pepper }: Hashing): string => {
  const how = prehash ?? (pepper === undefined ? undefined : 'append')
  if (how === undefined) return hash
  const key = pepper === undefined ? '' : `,${base64Of(pepper)}`
  const apart = hash.replace(/^\$2[aby]\$(\d\d)\$(.{22})(.{31})$/, '$bcrypt$$$1$$$2$$$3')
  return `$pre=${how.replace('hmac-', '')}${key}${apart}`
}

/** Checks that the options fit together. @throws Stop if a pepper is missing or useless */
export const checkHashing = ({ prehash, digest, pepper }: Hashing): void => {
  if (digest && (prehash !== undefined || pepper !== undefined))
    throw new Stop('"digest" cannot be combined with "prehash" or --pepper.')
  const keyed = prehash !== undefined && /^(?:hmac-|append|prepend)/.test(prehash)
  if (keyed && pepper === undefined) throw new Stop(`"prehash": "${prehash}" needs a key. Pass --pepper FILE.`)
  if (prehash !== undefined && !keyed && pepper !== undefined)
    throw new Stop(`"prehash": "${prehash}" does not use a pepper, but "hmac-${prehash}" does.`)
  if (pepper !== undefined && (pepper.length === 0 || base64Of(pepper).length > 200))
    throw new Stop('The pepper must be one line of 1 to 150 bytes.')
}
