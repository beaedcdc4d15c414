import { newId } from '../../src/domain/ids.ts'
import { type Place, Stop } from '../lib/database.ts'
import { readDeployment } from '../lib/deployment.ts'
import { literal, packed, plainJson } from '../lib/sql-literal.ts'
import type { Person } from './person.ts'
import type { Ids } from './statements.ts'

/** Returns the RP ID of a deployment; undefined if passkeys are off, or if its settings do not say. */
const rpIdOf = ({ APP_URL, FRONTEND_URL, PASSKEYS, PASSKEY_RP_ID }: Record<string, string>): string | undefined => {
  if (PASSKEYS === 'off') return
  if (PASSKEY_RP_ID) return PASSKEY_RP_ID
  const [own, site] = [APP_URL, FRONTEND_URL || APP_URL].map((url) => URL.parse(url ?? '')?.hostname)
  return own === site ? own : undefined
}

/**
 * Checks that passkeys of the old system will work here: a passkey works for one RP ID only, and an account with one
 * that does not work asks for it all the same. A local import rehearses a deployed one, so it is not compared.
 * @param rpId the RP ID of the old system
 * @throws {Stop}
 */
export const checkRpId = (rpId: string | undefined, place: Place): void => {
  const here = place.remote ? rpIdOf(readDeployment(place.env ?? 'production').vars) : rpId
  const without = 'or import without the passkeys: --ignore passkeys'
  if (rpId === undefined)
    throw new Stop(
      `The users have passkeys, which work for one RP ID only. Name the RP ID of the old system with --rp-id, such as ${here ?? 'example.com'}, ${without}.`,
    )
  if (here !== rpId)
    throw new Stop(
      `The passkeys are for the RP ID ${rpId}, and this deployment ${here ? `has ${here}` : 'has passkeys off'}. Set PASSKEY_RP_ID, ${without}.`,
    )
}

/** Returns the statements that add the passkeys of users whom the statements before them created at `now`. */
export const addingPasskeys = (people: Person[], ids: Ids[], now: Date, rpId: string | undefined): string[] => {
  if (rpId === undefined) return []
  const rows = people.flatMap((person, index) =>
    person.passkeys.flatMap((passkey) => {
      const { credentialId, publicKey, alg, signCount, uv, backupEligible, backedUp } = passkey
      const { transports, aaguid, name, userHandle, createdAt } = passkey
      return ids[index]!.filter((userId) => userId !== null).map((userId) =>
        plainJson([
          ...[userId, person.emailCanonical, newId(now), credentialId, publicKey, alg, signCount],
          ...[Number(uv), Number(backupEligible), Number(backedUp), transports && JSON.stringify(transports)],
          ...[aaguid, name, userHandle, (createdAt ?? now).getTime()],
        ]),
      )
    }),
  )
  const at = now.getTime()
  const columns =
    'credential_id, public_key, alg, sign_count, uv, backup_eligible, backed_up, transports, aaguid, name, user_handle, created_at'
  const values = columns.split(', ').map((_, n) => `value ->> ${n + 3}`)
  return packed(rows).map(
    (pack) => `insert into passkeys (id, user_id, rp_id, ${columns})
      select value ->> 2, users.id, ${literal(rpId)}, ${values.join(', ')}
      from json_each(${literal(`[${pack.join(',')}]`)}) join users on users.id = value ->> 0 and users.email_canonical = value ->> 1
      where users.origin = 'imported' and users.updated_at = ${at} and users.email_verified_at is not null
        and exists (select 1 from audit where user_id = users.id and event = 'user_created' and at = ${at})
      on conflict do nothing`,
  )
}
