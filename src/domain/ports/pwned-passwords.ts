/** A list of passwords that are known from breaches. */
export type KnownBreaches = {
  /** @param password normalized. Undefined: the list could not be asked in time. */
  include(password: string): Promise<boolean | undefined>
}
