/** A list of passwords known from data breaches. */
export type KnownBreaches = {
  /** @param password normalised. Returns undefined if the list could not be asked in time. */
  include(password: string): Promise<boolean | undefined>
}
