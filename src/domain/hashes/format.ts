/** A hash that another system made, read and found affordable. Nothing has been computed yet. */
export type ForeignHash = {
  /** Loads what computes it. Call before the gate: nothing of it is in memory until the first such hash is met. */
  load: () => Promise<Derive>
  /** What has to come out, as many bytes as `derive` and `finish` give. */
  hash: Uint8Array
  /** A last step that is cheap and asynchronous, and so has no place behind the gate. */
  finish?: (derived: Uint8Array) => Promise<Uint8Array>
  /** How the source changed a password before hashing it, if it did more than encode it. */
  prepare?: (password: string) => string
  /** CPU milliseconds on the machine of docs/decisions/imported-hashes.md: an order of magnitude, for warnings. */
  work: number
}

/** Synchronous: one job of the gate. Takes the password as UTF-8 has it. */
export type Derive = (password: string) => Uint8Array

/** Undefined for what is not of the format, and for what needs more memory than an isolate has: a poisoned row must cost nothing. */
export type Format = (stored: string) => ForeignHash | undefined

/**
 * CPU milliseconds of the dearest hash that is computed at all. What a request may take, `limits.cpu_ms` says, and ends the
 * others; the import tells which hashes that concerns, so that no release of Django needs one of ours.
 */
export const mostWork = 20_000

export type Digest = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** Bytes of each digest. */
export const digestBytes = { md5: 16, sha1: 20, sha256: 32, sha384: 48, sha512: 64 } satisfies Record<Digest, number>
