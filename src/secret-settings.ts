import * as z from 'zod/mini'
import { cloudinaryUrl, httpsUrl, signingKeys, tokenKeys } from './setting-values.ts'

const passphrase = z.optional(z.string().check(z.minLength(32)))

/** The settings whose values are never shown. They must not be in a file under version control. */
export const secrets = {
  ALERT_WEBHOOK: httpsUrl,
  BACKUP_KEYS: z.optional(tokenKeys),
  CLOUDINARY_URL: z.optional(cloudinaryUrl),
  DATA_KEYS: z.optional(tokenKeys),
  MIGRATION_SECRET: passphrase,
  PROXY_KEY: passphrase,
  SIGNING_KEYS: signingKeys,
  TOKEN_KEYS: tokenKeys,
}

export const secretNames = Object.keys(secrets) as (keyof typeof secrets)[]
