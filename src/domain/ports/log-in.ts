import type { DeviceCookie, Limit, PasswordFormat, Refused, User } from '../model.ts'

export type LogInStore = {
  /**
   * Takes a place under each limit and reads the user of the address. A failure is assumed; `start` takes it back. The
   * limits are those of the device instead where it is known as that user, and not forgotten since.
   */
  beginLogIn(input: {
    emailCanonical: string
    limits: Limit[]
    device: { known: DeviceCookie; limits: Limit[]; forgottenKeys: string[] } | undefined
    now: Date
  }): Promise<Refused | { user: User | undefined; recognised: boolean; formats: PasswordFormat[] }>
  /** Gives back what was taken at this moment: what was assumed to fail was not tried. Best effort: not repeated where it fails. */
  giveBack(limits: Limit[], now: Date): Promise<void>
}
