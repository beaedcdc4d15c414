/** Origins whose pages may act for a visitor: for CORS and the cross-site rule, and for nothing else. */

/**
 * Apps and extensions whose pages have an origin of their own. Their hosts are kept as written: browsers do not fold
 * their case.
 */
const appOrigin =
  /^(?:capacitor|ionic|tauri|app|chrome-extension|moz-extension|safari-web-extension):\/\/[\w-]+(?:\.[\w-]+)*(?::\d{1,5})?$/

const pattern = /^https:\/\/\*\.([^/?#@*:]+)(:\d+)?\/?$/

/** Hosts below which anybody can register a name. */
const shared = new Set(
  (
    'pages.dev workers.dev r2.dev trycloudflare.com vercel.app now.sh netlify.app netlify.com github.io github.dev ' +
    'app.github.dev gitlab.io bitbucket.io web.app firebaseapp.com appspot.com run.app a.run.app herokuapp.com onrender.com ' +
    'fly.dev railway.app up.railway.app deno.dev deno.net surge.sh glitch.me replit.app replit.dev repl.co stackblitz.io ' +
    'webcontainer.io codesandbox.io csb.app ngrok.io ngrok.app ngrok.dev ngrok-free.app ngrok-free.dev loca.lt lhr.life ' +
    'localhost.run serveo.net azurewebsites.net cloudfront.net amplifyapp.com ondigitalocean.app supabase.co hf.space ' +
    'streamlit.app pythonanywhere.com webflow.io framer.app framer.website lovable.app bolt.host v0.app wixsite.com ' +
    'wordpress.com blogspot.com myshopify.com neocities.org edgeone.app kinsta.app koyeb.app zeabur.app northflank.app ' +
    'vercel.dev expo.app val.run ts.net duckdns.org ddns.net dyndns.org eu.org uk.com us.com'
  ).split(' '),
)

/** Such hosts with a region in front, and hosts whose names are derived from an IP address. */
const sharedAtAnyDepth =
  /(?:^|\.)(?:amazonaws\.com|windows\.net|azurestaticapps\.net|cloudapp\.azure\.com|digitaloceanspaces\.com|gitpod\.io|nip\.io|sslip\.io)$/

/** `com`, `co.uk`, `com.br`: names below these have different owners. */
const suffix = /^(?:[^.]+|(?:ac|co|com|edu|gob|gov|go|mil|ne|net|or|org)\.[a-z]{2})$/

/** Whether names below this host have different owners. */
export const isShared = (host: string) => suffix.test(host) || shared.has(host) || sharedAtAnyDepth.test(host)

/** Returns the site of a host: the registered name, below which hosts can share cookies. */
export const siteOf = (host: string): string => {
  const labels = host.toLowerCase().split('.')
  const from = labels.findIndex((_, index) => isShared(labels.slice(index + 1).join('.')))
  return /^[\d.]+$|^\[/.test(host) || from < 0 ? host : labels.slice(from).join('.')
}

/** Returns an origin as browsers write it, or a pattern `https://*.rest`. Undefined for anything else. */
export const allowedOrigin = (text: string): string | undefined => {
  const rest = pattern.exec(text)
  const url = rest ? `https://x.${rest[1]}${rest[2] ?? ''}` : text
  if (/^https?:\/\/[^/?#@*]+\/?$/.test(url) && URL.canParse(url)) {
    const { origin, hostname } = new URL(url)
    if (!rest) return origin
    return hostname.endsWith('.') ? undefined : origin.replace('//x.', '//*.')
  }
  const app = text.replace(/\/$/, '').replace(/^[^:]+/, (scheme) => scheme.toLowerCase())
  return appOrigin.test(app) ? app : undefined
}

/** Whether strangers can have a page that matches the pattern. */
export const letsStrangersIn = (origin: string) => {
  const [, host] = /^https:\/\/\*\.([^:]+)/.exec(origin) ?? []
  return host !== undefined && isShared(host)
}

const loopback = ['localhost', '127.0.0.1', '[::1]']

export const isLoopback = (host: string) => loopback.includes(host)

/** Returns the origin under every name of a local machine: a page may be opened under any of them. */
const twins = (origin: string) => {
  const [, scheme, host, port] = /^(https?:\/\/)(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.exec(origin) ?? []
  return host === undefined ? [origin] : loopback.map((name) => `${scheme}${name}${port ?? ''}`)
}

/** Creates the check for trusted origins. @param local whether the service runs on a developer's machine */
export const trustedOrigins = (listed: string[], local: boolean) => {
  const all = new Set(local ? listed.flatMap(twins) : listed)
  return {
    has: (origin: string) =>
      !origin.includes('*') &&
      (all.has(origin) || all.has(origin.replace(/^https:\/\/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\./, 'https://*.'))),
  }
}
