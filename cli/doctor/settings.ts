import { basename } from 'node:path'
import { canonicalPath } from '../../src/aliases.ts'
import { adviceOn, perMillisecond } from '../../src/domain/advice.ts'
import { contrast } from '../../src/domain/brand.ts'
import { limits } from '../../src/domain/limits.ts'
import { type LinkName, links } from '../../src/domain/mails.ts'
import { Misconfigured } from '../../src/misconfigured.ts'
import { isLoopback, siteOf } from '../../src/origins.ts'
import { secretNames } from '../../src/secret-settings.ts'
import { readSettings, type Settings } from '../../src/settings.ts'
import type { Deployment } from '../lib/deployment.ts'
import { signingKey, tokenKey } from '../lib/dev-vars.ts'
import { rpIdAdvice } from '../lib/rp-id-advice.ts'
import { type Finding, fault, hint, ok } from './finding.ts'
import { logInByMail } from './log-ins.ts'

const about = 'settings'

/** Checks the URLs of mailed links: some of them give up a protection that the service's own pages have. */
const linked = ({ links: urls, appUrl }: Settings, vars: Record<string, string | undefined>): Finding[] => {
  const { origin, pathname, host, hash } = new URL(urls.verify_email)
  const ours = origin === new URL(appUrl).origin
  const behindHash = (template: string) => new URL(template).hash.includes('token')
  // The path of the API on another origin counts too: a front end may forward it to the service, and then a mail scanner
  // that opens it verifies the address as well.
  const api = !behindHash(urls.verify_email) && (ours ? canonicalPath(pathname) : pathname) === '/api/auth/verify-email'
  const name = vars.VERIFY_EMAIL_URL ? 'VERIFY_EMAIL_URL' : 'FRONTEND_URL'
  const verifying = api
    ? 'VERIFY_EMAIL_URL: the link calls the API itself, so a mail scanner that opens it verifies the address; lead to a page, with the token after #'
    : !(ours && pathname === '/auth/verify-email' && hash) &&
      `${name}: addresses are verified by a page at ${host}. If it posts the token alone, whoever registered somebody else's address gets in as soon as that person opens the link: let it ask for the password too, and post both (docs/concepts/mail.md)`
  const inQuery = Object.entries(links).flatMap(([name, { setting }]) =>
    behindHash(urls[name as LinkName]) || (api && name === 'verify_email')
      ? []
      : `${setting}: the token is not after #, so logs and the browser history keep it`,
  )
  return [verifying || [], inQuery].flat().map((says) => hint(about, says))
}

/**
 * Matches names reserved for documentation (RFC 2606 §3): such a value is still the one that wrangler.toml came with.
 */
const placeholder = /(^|[.@])example\.(com|net|org)$/

const covers = (pattern: string, host: string) =>
  pattern.startsWith('*') ? host.endsWith(pattern.slice(1)) : pattern === host

/** Whether the URL leads to this computer, or is an example of the documentation. */
const nobodys = (url: string) => {
  const { hostname } = new URL(url)
  return isLoopback(hostname) || hostname.endsWith('.localhost') || placeholder.test(hostname)
}

/** Below this share of its default, a limit refuses ordinary users, not only guesses. */
const tightest = 0.1

/**
 * Checks the addresses that mails and pages lead people to, the origins that may call the service, and limits that would
 * refuse ordinary users.
 */
const led = (s: Settings, vars: Record<string, string | undefined>): string[] => {
  const site = siteOf(new URL(s.appUrl).hostname)
  const { hostname: front } = new URL(s.frontendUrl)
  const sites = [site, siteOf(front)]
  const origins = (vars.CORS_ORIGINS ?? '').split(/[\s,]+/).filter((origin) => /^https?:/.test(origin))
  return [
    ...(s.frontendUrl !== s.appUrl && nobodys(s.frontendUrl)
      ? [`FRONTEND_URL: ${s.frontendUrl} is this computer or an example, and mails lead there`]
      : []),
    ...(s.tokenTransport === 'cookie' && siteOf(front) !== site
      ? [
          `FRONTEND_URL: ${front} is on another site than APP_URL, and TOKEN_TRANSPORT=cookie: browsers send no cookies there`,
        ]
      : []),
    ...origins.flatMap((origin) =>
      origin.startsWith('http:')
        ? [`CORS_ORIGINS: ${origin} is not https: anybody on the network path can act for its visitors`]
        : !origin.includes('*') && nobodys(origin)
          ? [`CORS_ORIGINS: ${origin} is this computer or an example`]
          : [],
    ),
    ...Object.entries(links).flatMap(([name, { setting }]) => {
      if (!vars[setting]) return []
      const { hostname } = new URL(s.links[name as LinkName])
      if (nobodys(s.links[name as LinkName])) return [`${setting}: ${hostname} is this computer or an example`]
      return sites.includes(siteOf(hostname))
        ? []
        : [
            `${setting}: ${hostname} belongs neither to the site of APP_URL nor to that of FRONTEND_URL, and gets the tokens`,
          ]
    }),
    ...(s.throttleFactor < tightest
      ? [`THROTTLE_FACTOR=${s.throttleFactor}: every limit is so tight that it refuses ordinary users`]
      : []),
    ...Object.entries(limits).flatMap(([name, fallback]) => {
      const share = perMillisecond(s.limits[name as keyof typeof limits]) / perMillisecond(fallback)
      return share < tightest
        ? [`${fallback.setting}: is so much tighter than the default that it refuses ordinary users`]
        : []
    }),
  ]
}

/** The least contrast of a button with its ground (WCAG 2.2, 1.4.11). */
const leastOfButtons = 3

/** Says how well a colour can be seen, if it is too light. */
const pale = ({ brand: { colour, colours } }: Settings): string[] => {
  const ratio = colour ? contrast(colour, '#ffffff') : leastOfButtons
  if (ratio >= leastOfButtons) return []
  return [
    `BRAND_COLOR: ${colour} has a contrast of ${ratio.toFixed(1)} : 1 with white, and buttons should have ${leastOfButtons} : 1 (WCAG 2.2, 1.4.11). Links are shown in ${colours.link}`,
  ]
}

/** Finds secrets in a file that is committed to git. */
const exposed = (vars: Record<string, string>) =>
  secretNames
    .filter((name) => vars[name])
    .map(
      (name) =>
        `${name}: is a secret, and wrangler.toml is in git: remove it there, make a new one, and put that into the file of secrets`,
    )

/** Checks that the Worker's entry point has what PASSWORD_ENGINE needs. */
const entered = ({ passwordEngine }: Settings, { main }: Deployment): Finding[] => {
  const native = basename(main) === 'native.ts'
  if (passwordEngine === 'native' && !native)
    return [fault(about, 'PASSWORD_ENGINE: native needs `main = "src/native.ts"` in wrangler.toml')]
  if (passwordEngine === 'noble' && native)
    return [hint(about, 'PASSWORD_ENGINE=noble: `main = "src/native.ts"` in wrangler.toml is of use only with native')]
  return []
}

/** Checks what the Worker cannot find out: whether it can be reached at its APP_URL, and whether MAIL_FROM is an example. */
const placed = (s: Settings, { env, hosts }: Deployment): Finding[] => {
  const { hostname } = new URL(s.appUrl)
  const domain = s.mailFrom.email.split('@')[1]!
  const where = env === undefined ? '[vars]' : `[env.${env}.vars]`
  if (s.local) return [fault(about, `APP_URL: ${s.appUrl} is this computer; set it in ${where} of wrangler.toml`)]
  return [
    ...(placeholder.test(hostname)
      ? [
          fault(
            about,
            `APP_URL: ${hostname} is an example; set your own host in ${where} and the routes of wrangler.toml`,
          ),
        ]
      : hostname.endsWith('.workers.dev') || hosts.some((pattern) => covers(pattern, hostname))
        ? []
        : [fault(about, `APP_URL: no route of wrangler.toml leads ${hostname} to the Worker`)]),
    ...(placeholder.test(domain)
      ? [fault(about, `MAIL_FROM: ${domain} is an example; set your own address in ${where} of wrangler.toml`)]
      : []),
  ]
}

/**
 * Reads the settings as the Worker does.
 * @param secrets the secrets known here
 * @param elsewhere names of required secrets that are not among them, such as those that only Cloudflare has: valid ones
 * stand in for them, so that the rest can be checked
 * @param deployed whether the settings are for a deployed service, not only for this computer
 */
export const checkSettings = (
  deployment: Deployment,
  secrets: Record<string, string | undefined>,
  elsewhere: string[] = [],
  deployed = deployment.env !== undefined,
): Finding[] => {
  const { env, vars } = deployment
  const twice = Object.keys(vars).filter((name) => deployed && secrets[name] !== undefined)
  const assumed = {
    SIGNING_KEYS: JSON.stringify({ keys: [signingKey()] }),
    TOKEN_KEYS: tokenKey(),
    DATA_KEYS: tokenKey(),
  }
  const unread = Object.entries(assumed).filter(([name]) => elsewhere.includes(name))
  const both = twice.map((name) =>
    fault(about, `${name}: is in wrangler.toml and among the secrets; Cloudflare uses only one of them`),
  )
  try {
    const settings = readSettings({ ...vars, ...Object.fromEntries(unread), ...secrets })
    const future = settings.tokensNotBefore.getTime() > Date.now()
    const entry = entered(settings, deployment)
    const faults = [
      ...both,
      ...entry.filter(({ level }) => level === 'fault'),
      ...exposed(vars).map((says) => fault(about, says)),
      ...(deployed ? placed(settings, deployment) : []),
      ...(deployed && !settings.local ? led(settings, { ...vars, ...secrets }).map((says) => fault(about, says)) : []),
      ...(future ? [fault(about, 'TOKENS_NOT_BEFORE: is in the future, so nobody can sign in until then')] : []),
    ]
    const hints = adviceOn(settings, env === 'production').map((says) => hint(about, says))
    const noRpId = rpIdAdvice(settings.appUrl, { ...vars, ...secrets })
    const notes = [
      ...entry.filter(({ level }) => level === 'hint'),
      ...linked(settings, { ...vars, ...secrets }),
      ...(noRpId ? [hint(about, noRpId)] : []),
      ...logInByMail(settings, { ...vars, ...secrets }).map((says) => hint(about, says)),
      ...pale(settings).map((says) => hint(about, says)),
    ]
    return [...(faults.length > 0 ? faults : [ok(about, 'the Worker accepts them')]), ...hints, ...notes]
  } catch (error) {
    if (!(error instanceof Misconfigured)) throw error
    return [...both, ...error.faults.map((says) => fault(about, says))]
  }
}
