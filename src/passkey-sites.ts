import { Misconfigured } from './misconfigured.ts'
import { isLoopback, isShared, siteOf } from './origins.ts'

/** Where passkeys work. */
export type PasskeySites = {
  /** The RP ID (WebAuthn Level 3 §4): a passkey belongs to this host and the hosts below it, and to no other, for good. */
  rpId: string
  /** The origins of the pages and Android apps that may make and use passkeys. */
  origins: string[]
  /** Those of them that are not below the RP ID (WebAuthn Level 3 §5.11). */
  related: string[]
}

type Values = {
  PASSKEYS: 'on' | 'off'
  PASSKEY_RP_ID: string
  PASSKEY_ORIGINS: string[]
  CORS_ORIGINS: string[]
}

/** The most sites, that of the RP ID included: browsers need not look at more (WebAuthn Level 3 §5.11.1). */
const mostSites = 5

const isBelow = (host: string, rpId: string) => host === rpId || host.endsWith(`.${rpId}`)

const isAddress = (host: string) => /^[\d.]+$|^\[/.test(host)

/** An https origin as browsers write it, or that of an Android app, which is the hash of its certificate. */
const isPasskeyOrigin = (text: string) =>
  /^android:apk-key-hash:[\w-]{43}$/.test(text) ||
  (/^https:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text)

const hostOf = (origin: string) => (origin.startsWith('android:') ? undefined : new URL(origin).hostname)

/**
 * Returns the RP IDs to choose from if the service and the site have different hosts: the site's host, and the domain
 * that both are below, if there is one.
 */
export const rpIdChoices = (appUrl: string, frontendUrl: string): string[] => {
  const [app, site] = [appUrl, frontendUrl].map((url) => new URL(url).hostname) as [string, string]
  const shared = siteOf(app)
  return [...new Set([site, ...(siteOf(site) === shared && !isAddress(shared) ? [shared] : [])])]
}

/**
 * Returns where passkeys work. Undefined if they are off: by the setting, or because the service and the site have
 * different hosts and nobody chose the RP ID. A wrong one would bind all passkeys to the wrong host.
 * @throws {Misconfigured} naming the setting
 */
export const passkeySites = (v: Values, appUrl: string, frontendUrl: string): PasskeySites | undefined => {
  const own = [appUrl, frontendUrl].map((url) => new URL(url).origin)
  const hosts = own.map(hostOf)
  const refuse = (setting: string, why: string): never => {
    throw new Misconfigured([`${setting}: ${why}`])
  }
  const faulty = v.PASSKEY_ORIGINS.find((origin) => !isPasskeyOrigin(origin))
  if (faulty !== undefined) refuse('PASSKEY_ORIGINS', `${faulty} is neither an https origin nor android:apk-key-hash:…`)
  const rpId = v.PASSKEY_RP_ID || (hosts[0] === hosts[1] ? hosts[0]! : '')
  if (v.PASSKEYS === 'off' || rpId === '' || (v.PASSKEY_RP_ID === '' && isAddress(rpId))) return
  if (isAddress(rpId) || (isShared(rpId) && rpId !== 'localhost')) refuse('PASSKEY_RP_ID', 'must be a domain of yours')
  const listed = [...own, ...v.CORS_ORIGINS].filter((origin) => /^https?:[^*]+$/.test(origin))
  const below = listed.filter((origin) => isBelow(hostOf(origin)!, rpId))
  if (below.length === 0) refuse('PASSKEY_RP_ID', 'must be the host of APP_URL or FRONTEND_URL, or above it')
  const related = v.PASSKEY_ORIGINS.filter((origin) => !isBelow(hostOf(origin) ?? rpId, rpId))
  if (new Set(related.map((origin) => siteOf(hostOf(origin)!))).size >= mostSites)
    refuse('PASSKEY_ORIGINS', `may add at most ${mostSites - 1} sites to that of the RP ID`)
  // Browsers offer passkeys only over https and on localhost.
  const secure = (origin: string) => origin.startsWith('https:') || isLoopback(hostOf(origin)!)
  return { rpId, origins: [...new Set([...below.filter(secure), ...v.PASSKEY_ORIGINS])], related }
}
