import { env } from 'cloudflare:workers'

/**
 * Returns the address of a page of the service, which leads back to this site afterwards. The address is on this site
 * if this site forwards, and otherwise at the service.
 * @param back the URL of the page of this site to which people return
 */
export const servicePage = (path: string, back: URL): string => {
  const api = env.PUBLIC_API_URL
  return `${api ?? ''}${path}?return_to=${encodeURIComponent(api ? back.href : back.pathname)}`
}
