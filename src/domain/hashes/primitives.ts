/**
 * What foreign hashes are computed with, loaded with the first of them. Named here, since `import()` of a package keeps all
 * that it exports in the bundle.
 */
export { argon2i, argon2id } from '@noble/hashes/argon2.js'
export { hmac } from '@noble/hashes/hmac.js'
export { md5, sha1 } from '@noble/hashes/legacy.js'
export { pbkdf2 } from '@noble/hashes/pbkdf2.js'
export { scrypt } from '@noble/hashes/scrypt.js'
export { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
export { hashSync } from 'bcryptjs'
