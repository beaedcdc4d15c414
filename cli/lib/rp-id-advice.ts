import { rpIdChoices } from '../../src/passkey-sites.ts'

/**
 * Says which RP IDs there are to choose from, if passkeys are off because the service and the site have different hosts
 * and nobody chose one.
 * @param vars the settings, of which FRONTEND_URL, PASSKEYS and PASSKEY_RP_ID are read
 */
export const rpIdAdvice = (appUrl: string, vars: Record<string, string | undefined>): string | undefined => {
  const frontendUrl = vars.FRONTEND_URL || appUrl
  if (![appUrl, frontendUrl].every((url) => URL.canParse(url)) || vars.PASSKEY_RP_ID || vars.PASSKEYS === 'off') return
  const [app, site] = [appUrl, frontendUrl].map((url) => new URL(url).hostname)
  if (app === site) return
  const [own, shared] = rpIdChoices(appUrl, frontendUrl)
  const choices = shared ? `${own}, for that site alone, or ${shared}, for all its hosts` : own
  return `PASSKEY_RP_ID: passkeys are off, because APP_URL and FRONTEND_URL have different hosts. Set it to ${choices}, or set PASSKEYS=off. The RP ID cannot be changed once there are passkeys`
}

/** Returns the settings in options of wrangler: `--var NAME:VALUE` and `--var=NAME:VALUE`. */
export const varsIn = (options: string[]): Record<string, string> =>
  Object.fromEntries(
    options.flatMap((option) => {
      const [, name, value] = /^(?:--var=)?([A-Z_]+):(.*)$/.exec(option) ?? []
      return name && value !== undefined ? [[name, value]] : []
    }),
  )
