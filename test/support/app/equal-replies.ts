/** `server-timing` is sent only by local runs. */
const differing = new Set(['x-request-id', 'retry-after', 'server-timing'])

/**
 * Returns a reply as a stranger could compare it with another: status, headers and body, without what differs between
 * any two replies and without the address, which the requester knows. The order of JSON members counts, because it
 * could reveal something too.
 */
export const seen = async (response: Response, address = '') => {
  const headers = [...response.headers]
    .filter(([name]) => !differing.has(name))
    // It is encrypted with a new vector each time, so only its length can be compared.
    .map(([name, value]) => [name, value.replace(/^(registered=)([^;]+)/, (_, is, sealed) => is + sealed.length)])
  const body = (await response.clone().text())
    .replace(/"request_id":"[^"]+"/, '"request_id":"…"')
    .replaceAll(address || '\u0000', 'ADDRESS')
  return JSON.stringify({ status: response.status, headers, body })
}
