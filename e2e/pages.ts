import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const html = '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>a page</title></html>'

/**
 * Forwards as docs/concepts/tokens-and-cookies.md requires: method, path, body and headers unchanged, and the whole
 * answer back.
 */
const forward = (to: string, incoming: IncomingMessage, outgoing: ServerResponse) => {
  const { method, url, headers } = incoming
  const asked = request(to + url, { method, headers: { ...headers, host: new URL(to).host } }, (answer) => {
    outgoing.writeHead(answer.statusCode!, answer.headers)
    answer.pipe(outgoing)
  })
  asked.on('error', () => outgoing.writeHead(502).end())
  incoming.pipe(asked)
}

/**
 * Starts a site of empty pages, in which tests run scripts, on a free port.
 * @param name the host in the site's origin; it must lead to this computer
 * @param to returns the origin to which the site forwards requests below /api/; without it, the site forwards none
 */
export const startPages = async (name: string, to?: () => string) => {
  const server = createServer((incoming, outgoing) => {
    if (to && incoming.url!.startsWith('/api/')) return forward(to(), incoming, outgoing)
    outgoing.setHeader('Content-Type', 'text/html').end(html)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  return { origin: `http://${name}:${(server.address() as AddressInfo).port}`, stop }
}
export type Pages = Awaited<ReturnType<typeof startPages>>
