import { AuthError } from '../errors.ts'

/** Bytes as WebCrypto takes them. */
export type Bytes = Uint8Array<ArrayBuffer>

/** A ceremony that does not verify. The reason is its message, which clients do not see: they get one answer for all. */
export class CeremonyRefused extends AuthError {
  constructor(reason: string) {
    super('passkey_refused')
    this.message = reason
  }
}

/** @throws CeremonyRefused if the rule does not hold */
export function must(holds: unknown, reason: string): asserts holds {
  if (!holds) throw new CeremonyRefused(reason)
}

/** Runs work that throws on bad input, such as a parser. Its error becomes a refusal. */
export const orRefuse = async <T>(reason: string, work: () => T | Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch {
    throw new CeremonyRefused(reason)
  }
}

/** Whether two values have the same bytes. For public values only, since its duration depends on them. */
export const sameBytes = (a: Bytes, b: Bytes) => a.length === b.length && a.every((byte, index) => byte === b[index])
