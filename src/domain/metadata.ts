import type { Metadata } from './model.ts'

/** The largest metadata, in bytes of UTF-8. */
export const longestMetadata = 4096

/**
 * The largest metadata that access tokens carry, in bytes of UTF-8. A token travels with every request, in a cookie of
 * at most 4 KiB.
 */
const longestClaim = 1024

const deepest = 8

const utf8 = new TextEncoder()

const bytes = (value: unknown) => utf8.encode(JSON.stringify(value)).length

/** `depth` is the depth of the value itself. */
const faultIn = (value: unknown, depth: number): string | undefined => {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : 'contains an unpaired surrogate'
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'contains a number that is too large'
  if (typeof value !== 'object' || value === null) return
  if (depth > deepest) return `is more than ${deepest} levels deep`
  for (const [name, member] of Object.entries(value)) {
    // Services that copy members one by one would change their objects' prototype.
    if (name === '__proto__') return 'has a member called __proto__'
    const fault = faultIn(name, depth) ?? faultIn(member, depth + 1)
    if (fault) return fault
  }
}

/** Returns why a value cannot be the metadata of a user. */
export const metadataFault = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is not an object'
  return faultIn(value, 1) ?? (bytes(value) > longestMetadata ? 'is more than 4 KiB of JSON' : undefined)
}

/** Returns the claim of access tokens; undefined if there is no metadata, or more than tokens carry. */
export const metadataClaim = (metadata: Metadata | null) =>
  metadata && bytes(metadata) <= longestClaim ? { metadata } : undefined
