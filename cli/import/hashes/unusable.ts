/** Returns the mebibytes of memory that a hash needs, by its parameters. Undefined for formats that need little. */
const memory = (hash: string): number | undefined => {
  const argon2 = /^\$argon2id?\$.*\bm=(\d+)/.exec(hash)
  if (argon2) return Math.ceil(Number(argon2[1]) / 1024)
  const [, ln, r] =
    /^\$scrypt(?:-imported)?\$ln=(\d+),r=(\d+),/.exec(hash) ?? /^\$fbscrypt\$v=1,n=(\d+),r=(\d+),/.exec(hash) ?? []
  return ln && r ? (2 ** Number(ln) * Number(r)) / 8192 : undefined
}

/** The digest that usually has this many hexadecimal digits. */
const hex = new Map([
  [32, 'MD5'],
  [40, 'SHA-1'],
  [64, 'SHA-256'],
  [128, 'SHA-512'],
])

/** Returns why a hash cannot be verified here. It contains nothing that would help to find the password. */
export const whyNot = (hash: string): string => {
  if (/^\{(?:noop|plain|cleartext)\}/i.test(hash))
    return 'is the password itself, which is not imported: its user sets one with "Forgot password"'
  const mebibytes = memory(hash)
  if (mebibytes !== undefined && mebibytes > 64)
    return `needs ${mebibytes} MiB of memory, but at most 64 MiB are available: its user sets a password with "Forgot password"`
  const digest = /^[0-9a-f]+$/i.test(hash) && hex.get(hash.length)
  if (digest) return `has the length of ${digest} but does not name its format: describe it as "digest" in the mapping`
  return 'has an unknown format, or needs more CPU time than any request may use'
}

/**
 * Returns the kind of a hash: its format and parameters, without salt and digest. A text that is not a hash may be a
 * password, so the kind reveals none of it but a beginning that looks like the name of a format.
 */
export const kindOf = (hash: string): string => {
  const argon2 = /^(\$argon2[a-z]*\$)(?:v=\d+\$)?([mtp]=\d+(?:,[mtp]=\d+){0,2})\$/.exec(hash)
  if (argon2) return `${argon2[1]} ${argon2[2]}`
  const named =
    /^(\$2[abxy]\$\d\d)\$/.exec(hash) ??
    /^(\$(?:pbkdf2|digest|scrypt|phpass|md5-crypt|sha\d+-crypt)[\w-]*\$[\w=,]{1,24})\$/.exec(hash) ??
    /^(\$pre=[a-z]+(?:-\w+)?)(?:,[^$]+)?\$/.exec(hash) ??
    /^(pbkdf2_sha256\$\d+)\$/.exec(hash) ??
    /^(\$[A-Za-z0-9-]{1,16})\$/.exec(hash) ??
    /^(\{[\w@.-]{1,40}\})/.exec(hash) ??
    /^([a-z0-9_]{2,16})[$:]\S{16,}$/.exec(hash)
  if (named) return named[1]!
  const digest = /^[0-9a-f]+$/i.test(hash) && hex.get(hash.length)
  if (digest) return `${hash.length} hexadecimal digits`
  return /^[0-9a-f]{32}:[0-9a-f]{128}$/.test(hash) ? 'salt:hash in hexadecimal' : 'another text'
}
