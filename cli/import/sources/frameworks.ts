import { fromHex } from '../../../src/domain/hashes/base64.ts'
import { pbkdf2Form, prehashedBcrypt } from '../hashes/forms.ts'
import type { Fields } from '../reading/entry.ts'
import { has, list, object, type Source, text } from './source.ts'

const utf8 = new TextEncoder()

/** Adds the address of a user whose name is an address, if there is no column for addresses. */
const nameAsAddress = (fields: Fields): Fields =>
  !('email' in fields) && text(fields.username).includes('@') ? { ...fields, email: fields.username } : fields

/** Frameworks and libraries with which an application manages its own users. */
export const frameworks = {
  django: {
    title: 'Django: auth_user as CSV, or `manage.py dumpdata auth.user`',
    recognises: (fields) => has(fields, 'is_superuser', 'date_joined') || has(fields, 'model', 'fields'),
    flatten: (fields) => nameAsAddress({ ...object(fields.fields), ...fields }),
    reads: ['model', 'pk', 'fields'],
  },
  wordpress: {
    title: 'WordPress: the table wp_users',
    recognises: (fields) => has(fields, 'user_pass', 'user_email'),
    mapping: { email: 'user_email', password: 'user_pass', name: 'display_name', created_at: 'user_registered' },
    // It is 0 for all users.
    ignores: ['user_status'],
  },
  'asp.net': {
    title: 'ASP.NET Identity: the table AspNetUsers',
    recognises: (fields) => has(fields, 'PasswordHash', 'SecurityStamp'),
    mapping: { password: 'PasswordHash', email: 'Email', email_verified: 'EmailConfirmed' },
  },
  devise: {
    title: 'Devise for Rails: its table, with --pepper if config.pepper is set',
    recognises: (fields) =>
      has(fields, 'encrypted_password') &&
      !has(fields, 'raw_user_meta_data') &&
      ['reset_password_token', 'remember_created_at', 'sign_in_count'].some((name) => name in fields),
    mapping: { password: 'encrypted_password' },
  },
  laravel: {
    title: 'Laravel: the table users',
    recognises: (fields) => has(fields, 'remember_token', 'password'),
  },
  spring: {
    title: 'Spring Security: a table whose hashes begin with the name of their encoder, such as {bcrypt}',
    recognises: ({ password }) =>
      /^\{(?:bcrypt|noop|pbkdf2|scrypt|argon2|sha256|ldap|MD[45]|SHA-)[@\w-]*\}/.test(text(password)),
    flatten: nameAsAddress,
  },
  'better-auth': {
    title: "Better Auth: the table user, with the column password of the account whose provider is 'credential'",
    recognises: (fields) => has(fields, 'emailVerified', 'createdAt', 'image'),
    flatten: (fields) => {
      const until = text(fields.banExpires ?? fields.ban_expires)
      const over = until !== '' && new Date(/^\d+$/.test(until) ? Number(until) : until) < new Date()
      return over ? { ...fields, banned: false } : fields
    },
    reads: ['banExpires', 'ban_expires'],
  },
  'auth.js': {
    title: 'Auth.js (NextAuth): its table of users, with the column in which the application stores hashes',
    recognises: (fields) => has(fields, 'emailVerified', 'image'),
  },
  meteor: {
    title: 'Meteor: the collection users',
    recognises: (fields) => 'password' in object(fields.services),
    flatten: (fields) => {
      const [first = {}] = list(fields.emails)
      const { bcrypt, argon2 } = object(object(fields.services).password)
      return {
        ...fields,
        email: first.address,
        email_verified: first.verified,
        name: object(fields.profile).name,
        // The browser sends a digest of the password to the server.
        password:
          typeof bcrypt === 'string' ? prehashedBcrypt('hex-sha256', bcrypt) : argon2 && `$pre=hex-sha256${argon2}`,
      }
    },
    reads: ['emails', 'services', 'profile'],
  },
  strapi: {
    title: 'Strapi: the table up_users, or admin_users',
    recognises: (fields) =>
      has(fields, 'confirmed', 'blocked', 'provider') || has(fields, 'blocked', 'registration_token'),
  },
  payload: {
    title: 'Payload: its collection of users; also users of passport-local-mongoose',
    recognises: (fields) => has(fields, 'salt', 'hash') && /^[0-9a-f]{1024}$/.test(text(fields.hash)),
    // The hash has 512 bytes of PBKDF2. The salt is used as the text of its hexadecimal digits.
    flatten: (fields) => ({
      ...fields,
      password: pbkdf2Form('sha256', 25_000, utf8.encode(text(fields.salt)), fromHex(text(fields.hash))),
    }),
    reads: ['salt', 'hash'],
  },
} satisfies Record<string, Source>
