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
  /** CPU milliseconds on the machine of docs/decisions/0014-imported-hashes.md: an order of magnitude, for warnings. */
  work: number
}

/** Synchronous: one job of the gate. Takes the password as UTF-8 has it. */
export type Derive = (password: string) => Uint8Array

/** Undefined for what is not of the format, and for parameters beyond its caps: a poisoned row must cost nothing. */
export type Format = (stored: string) => ForeignHash | undefined
