import { fromBase64, fromHex } from '../../../src/domain/hashes/base64.ts'
import { base64Of, base64OfHex, plainBase64 } from '../hashes/bytes.ts'
import { digestForm, pbkdf2Form } from '../hashes/forms.ts'
import type { Fields } from '../reading/entry.ts'
import { base32Of, ofKind } from '../seeds.ts'
import { isYes } from '../values.ts'
import { has, json, list, object, type Source, some, text } from './source.ts'

const utf8 = new TextEncoder()

/** Returns the hash of a Keycloak credential, which has two JSON texts: parameters, and secret values. */
const keycloakHash = (credential: Fields): string | undefined => {
  const [secret, data] = [json(credential.secretData), json(credential.credentialData)]
  const value = text(secret.value ?? credential.hashedSaltedValue)
  const salt = fromBase64(text(secret.salt ?? credential.salt))
  const rounds = Number(data.hashIterations ?? credential.hashIterations)
  const algorithm = text(data.algorithm ?? credential.algorithm)
  const hash = fromBase64(value)
  if (!salt || !hash) return
  if (algorithm === 'argon2') {
    const parameter = (name: string) => text([object(data.additionalParameters)[name]].flat()[0])
    const version = parameter('version') === '1.0' ? 16 : 19
    const kind = parameter('type') || 'id'
    return `$argon2${kind}$v=${version}$m=${parameter('memory')},t=${rounds},p=${parameter('parallelism')}$${plainBase64(text(secret.salt))}$${plainBase64(value)}`
  }
  const digest = { pbkdf2: 'sha1', 'pbkdf2-sha256': 'sha256', 'pbkdf2-sha512': 'sha512' }[algorithm]
  return digest === undefined ? `{keycloak-${algorithm}}` : pbkdf2Form(digest, rounds, salt, hash)
}

/** Returns the apps of Keycloak. A seed is the bytes of a text, unless the credential says that it is base32. */
const keycloakApps = (credentials: unknown) =>
  ofKind(credentials, 'type', /^otp$/).map((credential) => {
    const [secret, data] = [json(credential.secretData), json(credential.credentialData)]
    const value = text(secret.value)
    return {
      ...{ name: credential.userLabel, digits: data.digits, period: data.period, algorithm: data.algorithm },
      // Codes that are made from a counter and not from the time are another kind.
      secret: data.subType === 'hotp' ? '' : data.secretEncoding === 'BASE32' ? value : base32Of(utf8.encode(value)),
    }
  })

/** Returns the passkeys of Ory Kratos. Those of its method `webauthn` may be second factors. */
const kratosPasskeys = (credentials: Fields) =>
  ['passkey', 'webauthn'].flatMap((method) => {
    const config = object(object(credentials[method]).config)
    return list(config.credentials).map((one) => ({
      ...one,
      user_handle: config.user_handle,
      second_factor_only: method === 'webauthn' && !isYes(one.is_passwordless),
    }))
  })

/** Returns a hash that Logto describes as `["sha256",["salt","@"],"hex"]`, where `@` stands for the password. */
const legacy = (written: string): string | undefined => {
  try {
    const [name, args, expected] = JSON.parse(written) as [string, string[], string]
    if (name === 'pbkdf2') {
      const [salt, rounds, , digest] = args as [string, string, string, string]
      return pbkdf2Form(digest, rounds, utf8.encode(salt), fromHex(expected))
    }
    const at = args.indexOf('@')
    if (args.length > 2 || at < 0) return
    return digestForm(name, at === 0 ? 'ps' : 'sp', 1, base64Of(args[1 - at] ?? ''), base64OfHex(expected))
  } catch {}
}

/** Returns a hash of Logto in the form of its method. */
const logtoHash = (written: string, method: string): string | undefined => {
  if (/^(?:MD5|SHA1|SHA256)$/i.test(method)) return digestForm(method, 'ps', 1, '', base64OfHex(written))
  return /^legacy$/i.test(method) ? (legacy(written) ?? '{logto-legacy}') : written
}

/** Returns a hash of FusionAuth, which is in several columns. */
const fusionAuth = (fields: Fields): string | undefined => {
  const [password, salt, scheme] = [fields.password, fields.salt, fields.encryptionScheme].map(text)
  if (password === '' || scheme === '') return password || undefined
  const digest = {
    'salted-pbkdf2-hmac-sha256': 'sha256',
    'salted-pbkdf2-hmac-sha256-512': 'sha256',
    'salted-pbkdf2-hmac-sha512-512': 'sha512',
  }[scheme!]
  const [s, h] = [salt!, password!].map(fromBase64)
  if (digest && s && h) return pbkdf2Form(digest, Number(fields.factor), s, h)
  return scheme === 'bcrypt'
    ? `$2a$${text(fields.factor).padStart(2, '0')}$${salt}${password}`
    : `{fusionauth-${scheme}}${password}`
}

/** Servers that their users run themselves. */
export const servers = {
  keycloak: {
    title: 'Keycloak: the export of a realm with its users',
    recognises: (fields) => has(fields, 'username', 'createdTimestamp') || has(fields, 'credentials', 'realmRoles'),
    flatten: (fields) => {
      const credential = list(fields.credentials).find(({ type }) => type === 'password')
      const byName = text(fields.username).includes('@') ? fields.username : undefined
      return {
        ...fields,
        email: fields.email ?? byName,
        password: credential && keycloakHash(credential),
        totp_secret: some(keycloakApps(fields.credentials)),
        locale: object(fields.attributes).locale ?? fields.locale,
      }
    },
    reads: ['credentials'],
  },
  kratos: {
    title: 'Ory Kratos: identities with their credentials',
    recognises: (fields) => has(fields, 'traits') && (has(fields, 'credentials') || has(fields, 'schema_id')),
    flatten: (fields) => {
      const traits = object(fields.traits)
      const name = object(traits.name)
      const addresses = list(fields.verifiable_addresses)
      const credential = object(object(fields.credentials).password)
      const [identifier] = Array.isArray(credential.identifiers) ? credential.identifiers : []
      const email = traits.email ?? addresses.find(({ via }) => via === 'email')?.value ?? identifier
      return {
        ...fields,
        email,
        phone: traits.phone,
        name: typeof traits.name === 'string' ? traits.name : [name.first, name.last].filter(Boolean).join(' '),
        password: object(credential.config).hashed_password,
        totp_secret: object(object(object(fields.credentials).totp).config).totp_url,
        passkeys: some(kratosPasskeys(object(fields.credentials))),
        email_verified: addresses.some(({ value, verified }) => value === email && isYes(verified)),
      }
    },
    reads: ['traits', 'credentials', 'verifiable_addresses'],
  },
  fusionauth: {
    title: 'FusionAuth: users in the form of its import or its search',
    recognises: (fields) => has(fields, 'encryptionScheme') || has(fields, 'insertInstant', 'active'),
    flatten: (fields) => ({
      ...fields,
      password: fusionAuth(fields),
      totp_secret: some(
        ofKind(object(fields.twoFactor).methods, 'method', /^authenticator$/).map(({ secret, authenticator }) => ({
          secret: base32Of(fromBase64(text(secret)) ?? new Uint8Array()),
          digits: object(authenticator).codeLength,
          period: object(authenticator).timeStep,
          algorithm: object(authenticator).algorithm,
        })),
      ),
    }),
    reads: ['salt', 'factor', 'encryptionScheme', 'twoFactor'],
  },
  supertokens: {
    title: 'SuperTokens: a file for its bulk import, the list of users, or the table emailpassword_users',
    recognises: (fields) =>
      has(fields, 'loginMethods') ||
      has(fields, 'user_id', 'password_hash', 'time_joined') ||
      'loginMethods' in object(fields.user),
    flatten: (fields) => {
      const user = has(fields, 'user') ? object(fields.user) : fields
      const methods = list(user.loginMethods)
      const method = methods.find(({ recipeId }) => recipeId === 'emailpassword') ?? methods.find(({ email }) => email)
      if (!method) return user
      return {
        ...user,
        email: method.email,
        email_verified: method.isVerified ?? method.verified,
        password: method.passwordHash,
        created_at: user.timeJoined ?? method.timeJoinedInMSSinceEpoch ?? method.timeJoined,
      }
    },
    reads: ['user', 'loginMethods'],
  },
  logto: {
    title: 'Logto: the table users',
    recognises: (fields) =>
      has(fields, 'primary_email', 'password_encrypted') || has(fields, 'primaryEmail', 'isSuspended'),
    flatten: (fields) => ({
      ...fields,
      password: logtoHash(
        text(fields.password_encrypted ?? fields.passwordEncrypted),
        text(fields.password_encryption_method ?? fields.passwordEncryptionMethod),
      ),
      totp_secret: some(
        ofKind(fields.mfa_verifications ?? fields.mfaVerifications, 'type', /^Totp$/).map(({ key }) => ({
          secret: key,
        })),
      ),
    }),
    reads: [
      ...['password_encrypted', 'password_encryption_method', 'passwordEncrypted', 'passwordEncryptionMethod'],
      ...['mfa_verifications', 'mfaVerifications'],
    ],
    mapping: { password: 'password' },
  },
  zitadel: {
    title: 'Zitadel: users in the form of its import or its list',
    recognises: (fields) => has(fields, 'userId') && (has(fields, 'user') || has(fields, 'human')),
    flatten: (fields) => {
      const user = object(fields.user ?? fields.human)
      const [profile, email, phone] = [user.profile, user.email, user.phone].map(object)
      return {
        ...fields,
        email: email!.email,
        email_verified: email!.isEmailVerified ?? email!.isVerified,
        first_name: profile!.firstName ?? profile!.givenName,
        last_name: profile!.lastName ?? profile!.familyName,
        phone: phone!.phone,
        locale: profile!.preferredLanguage,
        avatar_url: profile!.avatarUrl,
        password: object(user.hashedPassword).value ?? object(user.hashedPassword).hash,
        created_at: object(fields.details).creationDate,
      }
    },
    reads: ['user', 'human', 'details'],
  },
  appwrite: {
    title: 'Appwrite: the list of users',
    recognises: (fields) => has(fields, '$id', 'registration'),
    // The column `hash` contains the name of the algorithm.
    mapping: { password: 'password', created_at: 'registration', last_login_at: 'accessedAt' },
  },
  pocketbase: {
    title: 'PocketBase: the table of an auth collection',
    recognises: (fields) => has(fields, 'tokenKey') || has(fields, 'collectionName', 'emailVisibility'),
  },
} satisfies Record<string, Source>
