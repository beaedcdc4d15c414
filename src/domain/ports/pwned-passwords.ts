/** A list of passwords known from data breaches. */
export type KnownBreaches = {
  /** @param password normalised. Undefined if the list could not be asked in time. */
  include(password: string): Promise<boolean | undefined>
}
