import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import type { DeviceCookies } from './device-cookies.ts'
import { AuthError } from './errors.ts'
import type { TrustedDevice, User, Visitor } from './model.ts'
import type { Clock } from './ports/outside.ts'
import type { TrustedDeviceStore } from './ports/trusted-devices.ts'
import type { Principal } from './proof.ts'

type Needs = { trustedDeviceStore: TrustedDeviceStore; now: Clock }

/** How many trusted devices a user can have; beyond that, the oldest gives way. */
export const mostTrustedDevices = 10

/** Whether devices of the user can be trusted. Those of admins never can. */
export const mayTrust = ({ trustedDeviceSeconds }: Pick<Settings, 'trustedDeviceSeconds'>, { role }: User) =>
  trustedDeviceSeconds > 0 && role !== 'admin'

/** Reads the ids of trusted devices from the tokens of requests: from cookies, or from the header `Gatehouse-Trust`. */
export const createTrustTokens = (
  tokens: DeviceCookies,
  settings: Pick<Settings, 'trustedDeviceSeconds' | 'tokensNotBefore'>,
) => ({
  issue: tokens.issue,

  /**
   * Returns the id of the device if the token is genuine, belongs to this user and is not too old. Only the write that
   * starts a session knows whether the device is still trusted.
   */
  read: (token: string | undefined, user: User, now: Date): string | undefined => {
    if (token === undefined || !mayTrust(settings, user)) return
    const { id, userId, since } = tokens.read(token, now) ?? {}
    if (userId !== user.id || !since || since < settings.tokensNotBefore) return
    return now.getTime() - since.getTime() < settings.trustedDeviceSeconds * 1000 ? id : undefined
  },
})

export type TrustTokens = ReturnType<typeof createTrustTokens>

/** The devices on which log-ins of the signed-in user need no second factor (docs/decisions/0039-trusted-devices.md). */
export const createTrustedDevices = ({ trustedDeviceStore, now }: Needs) => ({
  /** Returns the devices, the newest first. @throws AuthError `invalid_token` */
  async list({ sid }: Principal): Promise<TrustedDevice[]> {
    const found = await trustedDeviceStore.list(sid, now())
    if (!found) throw new AuthError('invalid_token')
    return found
  },

  /**
   * Forgets a device, or all of them. Sessions that began there continue.
   * @param id undefined: all devices
   * @throws AuthError `invalid_token`, `not_found`
   */
  async forget({ sid }: Principal, id: string | undefined, visitor: Visitor): Promise<void> {
    const at = now()
    const forgotten = await trustedDeviceStore.forget({ sid, id, audit: auditEntry(visitor, at), now: at })
    if (forgotten === undefined) throw new AuthError('invalid_token')
    if (!forgotten && id !== undefined) throw new AuthError('not_found')
  },
})
