import { fromBase64 } from '../../../src/domain/hashes/base64.ts'
import { base64Of, base64OfHex, plainBase64 } from '../hashes/bytes.ts'
import { digestForm, pbkdf2Form, scryptForm } from '../hashes/forms.ts'
import type { Fields } from '../reading/entry.ts'
import { ofKind } from '../seeds.ts'
import { has, json, list, object, type Source, some, text } from './source.ts'

/** Whether a list of addresses in one text contains an address. */
const listed = (names: unknown, address: unknown) =>
  typeof names === 'string' && typeof address === 'string' && names.split(/[\s,;|]+/).includes(address)

/** Returns base64 of a value that Auth0 accepts in hexadecimal, base64 or as text. @param as the default encoding */
const encoded = (value: Fields, as: 'hex' | 'base64' | 'utf8') => {
  const encoding = text(value.encoding) || as
  if (encoding === 'hex') return base64OfHex(text(value.value))
  return encoding === 'base64' ? plainBase64(text(value.value)) : base64Of(text(value.value))
}

/** Returns the hash in `custom_password_hash`, which Auth0's import accepts. */
const auth0Hash = (custom: Fields): string | undefined => {
  const [algorithm, hash, salt] = [text(custom.algorithm), object(custom.hash), object(custom.salt)]
  const value = text(hash.value)
  if (/^(?:md5|sha1|sha256|sha512)$/.test(algorithm)) {
    const order = salt.position === 'prefix' ? 'sp' : 'ps'
    return digestForm(algorithm, order, 1, encoded(salt, 'utf8'), encoded(hash, 'hex'))
  }
  if (algorithm === 'hmac')
    return digestForm(
      text(hash.digest),
      'hmac',
      1,
      encoded({ value: object(hash.key).value ?? hash.key, encoding: object(hash.key).encoding }, 'utf8'),
      encoded(hash, 'hex'),
    )
  if (algorithm !== 'scrypt' || value.startsWith('$')) return value || undefined
  const { cost = 16_384, blockSize = 8, parallelization = 1 } = custom
  return scryptForm(Number(cost), text(blockSize), text(parallelization), encoded(salt, 'utf8'), encoded(hash, 'hex'))
}

/** Returns the hash that Okta's API accepts with a user. The API never returns it. */
const oktaHash = (hash: Fields): string | undefined => {
  const [algorithm, salt, value] = [hash.algorithm, hash.salt, hash.value].map(text) as [string, string, string]
  if (algorithm === '') return
  if (algorithm === 'BCRYPT') return `$2a$${text(hash.workFactor).padStart(2, '0')}$${salt}${value}`
  const order = hash.saltOrder === 'PREFIX' ? 'sp' : 'ps'
  if (/^(?:MD5|SHA-1|SHA-256|SHA-512)$/.test(algorithm))
    return digestForm(algorithm, order, 1, plainBase64(salt), plainBase64(value))
  const [s, h] = [salt, value].map(fromBase64)
  if (algorithm === 'PBKDF2' && s && h) {
    const digest = text(hash.digestAlgorithm)
      .replace(/_HMAC$/, '')
      .replace(/^SHA(\d+)/, 'sha$1')
      .toLowerCase()
    return pbkdf2Form(digest, text(hash.iterationCount), s, h)
  }
  return `{okta-${algorithm}}`
}

/** Services in the cloud. */
export const clouds = {
  firebase: {
    title: 'Firebase: `firebase auth:export users.json`, with the parameters of the project in --hash-config',
    recognises: (fields) => has(fields, 'localId'),
    // ../hashes/hash-of.ts combines the hash and the salt.
    mapping: { password: 'passwordHash', created_at: 'createdAt', last_login_at: 'lastSignedInAt' },
    reads: ['salt'],
  },
  supabase: {
    title: 'Supabase: the table auth.users',
    recognises: (fields) => has(fields, 'encrypted_password', 'raw_user_meta_data'),
    flatten: (fields) => {
      const about = json(fields.raw_user_meta_data)
      const name = about.full_name ?? about.name
      const avatar_url = about.avatar_url ?? about.picture
      const phone = typeof fields.phone === 'string' && /^\d/.test(fields.phone) ? `+${fields.phone}` : fields.phone
      const apps = ofKind(fields.mfa_factors, 'factor_type', /^totp$/).filter(({ status }) => status === 'verified')
      const totp_secret = some(apps.map((app) => ({ secret: app.secret, name: app.friendly_name })))
      return { ...fields, name, avatar_url, phone, totp_secret }
    },
    mapping: { email_verified: 'email_confirmed_at' },
    reads: ['raw_user_meta_data', 'mfa_factors'],
    // This is the database role that PostgREST uses.
    ignores: ['role'],
  },
  clerk: {
    title: 'Clerk: the CSV export of its dashboard, or the list of users from its API',
    recognises: (fields) =>
      has(fields, 'primary_email_address', 'password_digest') ||
      has(fields, 'email_addresses', 'primary_email_address_id'),
    flatten: (fields) => {
      const addresses = list(fields.email_addresses)
      const primary = addresses.find(({ id }) => id === fields.primary_email_address_id) ?? addresses[0]
      if (primary)
        return {
          ...fields,
          email: primary.email_address,
          email_verified: object(primary.verification).status === 'verified',
          phone: list(fields.phone_numbers)[0]?.phone_number,
        }
      return { ...fields, email_verified: listed(fields.verified_email_addresses, fields.primary_email_address) }
    },
    reads: [
      'verified_email_addresses',
      'unverified_email_addresses',
      'email_addresses',
      'primary_email_address_id',
      'phone_numbers',
    ],
  },
  auth0: {
    title: 'Auth0: the export of users, a file for its import, or the password hashes from its support',
    recognises: (fields) =>
      has(fields, '_id', 'passwordHash') ||
      has(fields, 'custom_password_hash') ||
      (typeof fields.user_id === 'string' && fields.user_id.includes('|')),
    flatten: (fields) => ({
      ...fields,
      passwordHash: fields.passwordHash ?? fields.password_hash ?? auth0Hash(object(fields.custom_password_hash)),
      // The API lists them for each user.
      passkeys: some(ofKind(fields.authentication_methods, 'type', /^passkey$/)),
    }),
    reads: ['custom_password_hash', 'password_hash', 'authentication_methods'],
    mapping: { password: 'passwordHash', deleted: { value: '' } },
  },
  cognito: {
    title: 'Amazon Cognito: a CSV file for its import, or `aws cognito-idp list-users`, both without hashes',
    recognises: (fields) => has(fields, 'cognito:username') || has(fields, 'Username', 'Attributes'),
    flatten: (fields) => ({
      ...fields,
      ...Object.fromEntries(list(fields.Attributes).map(({ Name, Value }) => [text(Name), Value])),
      created_at: fields.UserCreateDate,
    }),
    reads: ['Attributes', 'UserCreateDate'],
  },
  okta: {
    title: 'Okta: the list of users from its API, or users as its API accepts them',
    recognises: (fields) => has(object(fields.profile), 'login'),
    flatten: (fields) => {
      const { email, login, firstName, lastName, mobilePhone, primaryPhone, locale, preferredLanguage } = object(
        fields.profile,
      )
      return {
        ...fields,
        email: email ?? login,
        first_name: firstName,
        last_name: lastName,
        phone: primaryPhone ?? mobilePhone,
        locale: preferredLanguage ?? locale,
        password: oktaHash(object(object(object(fields.credentials).password).hash)),
      }
    },
    reads: ['profile', 'credentials'],
    // `activated` is the time when the account was activated, and an admin may have done that.
    mapping: { email_verified: { value: '' } },
  },
} satisfies Record<string, Source>
