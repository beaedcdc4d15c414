import { Stop } from '../lib/database.ts'

/** Returns the public URL of a port in GitHub Codespaces, Gitpod or its successor Ona, from their variables. */
export const forwarded = (env: Record<string, string | undefined>, port: number): string | undefined => {
  const {
    CODESPACE_NAME: codespace,
    GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: domain,
    GITPOD_WORKSPACE_URL: gitpod,
  } = env
  if (codespace && domain) return `https://${codespace}-${port}.${domain}`
  if (gitpod && URL.canParse(gitpod)) return `https://${port}-${new URL(gitpod).host}`
}

/** Returns the origin. @throws {Stop} if it is not an https URL without a path */
export const publicUrl = (given: string): string => {
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url?.protocol !== 'https:' || url.pathname !== '/' || url.search || url.hash || url.username)
    throw new Stop('--public-url is where browsers reach this computer: https://HOST, without a path.')
  return url.origin
}

/**
 * Options of wrangler with which the service sees each request under this https URL, whatever host the proxy that
 * forwards it names. `npm start` also makes the service listen on all addresses, because the port of a container is
 * forwarded from outside.
 */
export const optionsFor = (url: string): string[] => {
  const { host } = new URL(url)
  return ['--local-upstream', host, '--upstream-protocol', 'https', '--var', `APP_URL:${url}`]
}
