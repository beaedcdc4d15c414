import type * as z from 'zod/mini'
import type { Passkey } from '../domain/model.ts'
import type { Signalled } from '../domain/passkey-options.ts'
import type { NewCredential } from '../domain/passkeys.ts'
import type { ListedFactors, TotpApp } from '../domain/ports/factors.ts'
import { codesLeft } from '../domain/recovery-codes.ts'
import type { RegistrationCredential } from './auth-schemas.ts'

export const appEntry = (app: TotpApp) => ({
  id: app.id,
  name: app.name,
  created_at: app.createdAt.toISOString(),
  last_used_at: app.lastUsedAt?.toISOString() ?? null,
})

export const passkeyEntry = (passkey: Passkey) => ({
  id: passkey.id,
  name: passkey.name,
  created_at: passkey.createdAt.toISOString(),
  last_used_at: passkey.lastUsedAt?.toISOString() ?? null,
  synced: passkey.backupEligible,
  backed_up: passkey.backedUp,
  second_factor_only: !passkey.uv,
})

/** Returns what the domain reads of a new passkey. */
export const newCredential = ({
  id,
  response,
  clientExtensionResults,
}: z.output<typeof RegistrationCredential>): NewCredential => ({
  ...{ id, response },
  transports: response.transports,
  discoverable: clientExtensionResults?.credProps?.rk,
})

/** Returns what the browser passes on to password managers. */
export const signalReply = ({ rpId, userHandle, acceptedCredentials }: Signalled) => ({
  rp_id: rpId,
  user_handle: userHandle,
  accepted_credentials: acceptedCredentials,
})

/** Returns what a user, or an admin, may see of second factors: never a secret, key or code. */
export const factorsReply = ({ totp, passkeys, recoveryCodes }: ListedFactors) => ({
  totp: totp.map(appEntry),
  passkeys: passkeys.map(passkeyEntry),
  recovery_codes: recoveryCodes
    ? { left: codesLeft(recoveryCodes.used), created_at: recoveryCodes.createdAt.toISOString() }
    : null,
})
