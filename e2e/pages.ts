import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const html = '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>a page</title></html>'

/** As docs/concepts/tokens-and-cookies.md asks of who forwards: method, path, body and headers as they are, and all that comes back. */
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
 * A site of empty pages below a name of this computer, a port of its own: what its pages do, the tests make them do.
 * @param to where it sends what is below /api/, if it does
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
