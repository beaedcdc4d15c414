/** A hash from another system, parsed and found affordable. Nothing has been computed yet. */
export type ForeignHash = {
  /** Loads the implementation. Call it before entering the gate, because the first such hash has to load its module. */
  load: () => Promise<Derive>
  /** The expected result, as many bytes as `derive` and `finish` return. */
  hash: Uint8Array
  /** A last step that is cheap and asynchronous, so it runs outside the gate. */
  finish?: (derived: Uint8Array) => Promise<Uint8Array>
  /** How the source changed a password before hashing it, apart from encoding. */
  prepare?: (password: string) => string
  /** CPU milliseconds on the machine of docs/decisions/0014-imported-hashes.md: an order of magnitude for warnings. */
  workMs: number
}

/** Computes the hash of a password in UTF-8. Synchronous, so that the gate can run it as one job. */
export type Derive = (password: string) => Uint8Array

/**
 * Parses a stored hash. Undefined for another format, and for a hash that needs more memory than an isolate has: a
 * manipulated row must cost nothing.
 */
export type Format = (stored: string) => ForeignHash | undefined

/**
 * The most CPU milliseconds that a hash may need, as estimated. In practice the lower `limits.cpu_ms` of wrangler.toml
 * decides, because Cloudflare ends a request that needs more. The import reports hashes beyond that limit, so a source
 * with more rounds needs a higher setting but no new release.
 */
export const mostWorkMs = 20_000

export type Digest = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** Bytes of each digest. */
export const digestBytes = { md5: 16, sha1: 20, sha256: 32, sha384: 48, sha512: 64 } satisfies Record<Digest, number>
