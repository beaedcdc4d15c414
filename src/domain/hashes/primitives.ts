/**
 * The algorithms of foreign hashes, loaded with the first such hash. They are re-exported here because `import()` of a
 * package keeps all of its exports in the bundle.
 */
export { argon2i, argon2id } from '@noble/hashes/argon2.js'
export { hmac } from '@noble/hashes/hmac.js'
export { md5, sha1 } from '@noble/hashes/legacy.js'
export { pbkdf2 } from '@noble/hashes/pbkdf2.js'
export { scrypt } from '@noble/hashes/scrypt.js'
export { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
export { hashSync } from 'bcryptjs'
