import { base64url } from 'jose'
import { fromBase64, fromHex } from '../../src/domain/hashes/base64.ts'
import { readPublicKey } from '../../src/domain/webauthn/public-keys.ts'
import type { Bytes } from '../../src/domain/webauthn/refusal.ts'
import { Name } from '../../src/routes/fields.ts'
import { plain } from './columns.ts'
import { listed } from './seeds.ts'
import { object, text } from './sources/source.ts'
import { isNo, isYes, timeOf } from './values.ts'

/** A passkey as the table stores one, without its user, its RP ID and the time of the import. */
export type ImportedPasskey = {
  credentialId: string
  publicKey: string
  alg: number
  signCount: number
  uv: boolean
  backupEligible: boolean
  backedUp: boolean
  transports: string[] | null
  aaguid: string
  name: string
  /** What its authenticator has as the user's id, in base64url. Empty: unknown. */
  userHandle: string
  createdAt: Date | null
}

/** The most passkeys of a user, as in src/domain/passkeys.ts. */
const most = 10

/** The longest credential id and user handle in bytes (WebAuthn Level 3 §7.1, §5.4.3). */
const [longestId, longestHandle] = [1023, 64]

/** The names of the members in systems and libraries, as `plain` returns them. The first one that is there counts. */
const members = {
  id: ['credentialid', 'keyid', 'rawid', 'passkeyid', 'id'],
  key: ['publickey', 'credentialpublickey', 'cosepublickey'],
  count: ['counter', 'signcount', 'signaturecounter'],
  eligible: ['backupeligible', 'isbackupeligible', 'synced'],
  device: ['devicetype', 'credentialdevicetype'],
  backedUp: ['backedup', 'credentialbackedup', 'isbackedup', 'backupstate'],
  transports: ['transports', 'transport'],
  model: ['aaguid'],
  name: ['name', 'nickname', 'displayname', 'friendlyname', 'label'],
  handle: ['userhandle', 'webauthnuserid'],
  rpId: ['rpid', 'relyingpartyidentifier', 'relyingpartyid'],
  created: ['createdat', 'addedat'],
  second: ['secondfactoronly'],
} as const

type Member = keyof typeof members

/** Libraries for Go keep some of the members in an object of their own. */
const nested = ['flags', 'authenticator']

const reader = (value: unknown) => {
  const own = object(value)
  const all = Object.assign(
    {},
    ...nested.map((name) => object(own[name] ?? own[name.replace(/^./, (a) => a.toUpperCase())])),
    own,
  )
  const byName = new Map(Object.entries(all).map(([name, one]) => [plain(name), one]))
  return (member: Member): unknown => {
    const name = members[member].find((one) => byName.get(one) !== undefined && byName.get(one) !== null)
    return name && byName.get(name)
  }
}

/**
 * Returns bytes as exports write them: base64 or base64url, hexadecimal with `\x` or `0x`, a list of numbers, or a
 * Buffer of Node as JSON.
 */
const bytesOf = (value: unknown): Bytes | undefined => {
  const numbers = Array.isArray(value) ? value : object(value).type === 'Buffer' ? object(value).data : undefined
  if (Array.isArray(numbers))
    return numbers.every((one) => Number.isInteger(one) && one >= 0 && one < 256) ? Uint8Array.from(numbers) : undefined
  const written = text(value).trim()
  const [, hex] = /^(?:\\x|0x)((?:[0-9a-f]{2})+)$/i.exec(written) ?? []
  const bytes = hex === undefined ? fromBase64(written) : fromHex(hex)
  return bytes && bytes.length > 0 ? Uint8Array.from(bytes) : undefined
}

/** Returns whether an authenticator may back the passkey up (BE); undefined if the export does not say. */
const eligibility = (of: ReturnType<typeof reader>): boolean | undefined => {
  const kind = plain(text(of('device')))
  if (kind === 'multidevice') return true
  if (kind === 'singledevice') return false
  const said = of('eligible')
  if (said !== undefined) return isYes(said) ? true : isNo(said) ? false : undefined
  // Only a passkey that may be backed up is (WebAuthn Level 3 §6.1.3).
  return isYes(of('backedUp')) ? true : undefined
}

/** Returns the transports: a list, or a text with commas or in the form of PostgreSQL's arrays. */
const transportsOf = (value: unknown): string[] | null => {
  const parts = listed(value).flatMap((one) => text(one).split(/[\s,{}"]+/))
  const known = parts.filter((part) => /^[a-z-]{2,32}$/.test(part)).slice(0, 10)
  return known.length > 0 ? known : null
}

/** Returns 32 hexadecimal digits, from a UUID or 16 bytes. Zeros stand for an unknown model (WebAuthn Level 3 §6.5.1). */
const modelOf = (value: unknown): string => {
  const digits = text(value).replaceAll('-', '').toLowerCase()
  if (/^[0-9a-f]{32}$/.test(digits)) return digits
  const bytes = bytesOf(value)
  return bytes?.length === 16 ? [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('') : '0'.repeat(32)
}

const countOf = (value: unknown): number | undefined => {
  const count = Number(value ?? 0)
  return Number.isInteger(count) && count >= 0 && count < 2 ** 32 ? count : undefined
}

/** Returns a passkey, or why it cannot be used here. */
const passkeyOf = async (value: unknown, rpId: string | undefined, now: Date): Promise<ImportedPasskey | string> => {
  const of = reader(value)
  const id = bytesOf(of('id'))
  if (!id || id.length > longestId) return 'has no id of a credential in base64url'
  const key = bytesOf(of('key'))
  const read = key && (await readPublicKey(key).catch(() => undefined))
  if (!key || !read) return 'has no public key as a COSE_Key of Ed25519, ES256 or RS256'
  const signCount = countOf(of('count'))
  if (signCount === undefined) return 'has a signature counter that is not a number'
  const backupEligible = eligibility(of)
  // Each assertion says so too, and one that differs is refused (WebAuthn Level 3 §7.2).
  if (backupEligible === undefined) return 'does not say whether it may be backed up'
  const theirs = text(of('rpId'))
  if (theirs !== '' && rpId !== undefined && theirs !== rpId) return `is for another RP ID than ${rpId}`
  const handle = bytesOf(of('handle'))
  return {
    credentialId: base64url.encode(id),
    publicKey: base64url.encode(key),
    alg: read.alg,
    signCount,
    // The old system let it open the account alone. A log-in with it alone requires UV here in any case.
    uv: !isYes(of('second')),
    backupEligible,
    backedUp: backupEligible && isYes(of('backedUp')),
    transports: transportsOf(of('transports')),
    aaguid: modelOf(of('model')),
    name: (Name.safeParse(text(of('name'))).data ?? '') || 'Passkey',
    userHandle: handle && handle.length <= longestHandle ? base64url.encode(handle) : '',
    createdAt: timeOf(of('created'), now) ?? null,
  }
}

/**
 * Reads the passkeys of a user from an object or a list of objects.
 * @param rpId the RP ID of the old system, if it is known
 * @param leaveOut is told why a passkey is not imported
 */
export const passkeysOf = async (
  value: unknown,
  { rpId, now }: { rpId: string | undefined; now: Date },
  leaveOut: (field: string, why: string) => null,
): Promise<ImportedPasskey[]> => {
  if (value === undefined) return []
  const field = 'passkeys'
  const found: ImportedPasskey[] = []
  for (const one of listed(value)) {
    const passkey = await passkeyOf(one, rpId, now)
    if (typeof passkey === 'string') leaveOut(field, passkey)
    else if (found.some(({ credentialId }) => credentialId === passkey.credentialId))
      leaveOut(field, 'is in the list twice')
    else found.push(passkey)
  }
  if (found.length > most) leaveOut(field, `is a list: only the first ${most} passkeys are imported`)
  return found.slice(0, most)
}
