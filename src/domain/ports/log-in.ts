import type { DeviceCookie, Limit, PasswordFormat, Refused, User } from '../model.ts'
import type { HeldFactors } from './second-factors.ts'

export type LogInStore = {
  /**
   * Takes a place under each limit and reads the user of the address. It counts a failure in advance; `start` takes
   * that back. If the device is known for that user and not revoked, the device's limits apply instead.
   */
  beginLogIn(input: {
    emailCanonical: string
    limits: Limit[]
    device: { known: DeviceCookie; limits: Limit[]; forgottenKeys: string[] } | undefined
    /** Whether to read the factors of the user too, because the request contains a code. */
    withFactors: boolean
    now: Date
  }): Promise<Refused | { user: User | undefined; held: HeldFactors; recognised: boolean; formats: PasswordFormat[] }>
  /** Gives back the places that were taken at `now`: nothing was tried. Best effort: not repeated if it fails. */
  giveBack(limits: Limit[], now: Date): Promise<void>
}
