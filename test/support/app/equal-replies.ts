/** `server-timing` is sent to developers alone. */
const differing = new Set(['x-request-id', 'retry-after', 'server-timing'])

/**
 * A reply as a stranger could compare it with another: status, headers and body, but for what differs in any two replies and
 * for the address, which the requester knows. In order: members of JSON that change places would tell something too.
 */
export const seen = async (response: Response, address = '') => {
  const headers = [...response.headers]
    .filter(([name]) => !differing.has(name))
    // Sealed anew each time: the length is what could be compared.
    .map(([name, value]) => [name, value.replace(/^(registered=)([^;]+)/, (_, is, sealed) => is + sealed.length)])
  const body = (await response.clone().text())
    .replace(/"request_id":"[^"]+"/, '"request_id":"…"')
    .replaceAll(address || '\u0000', 'ADDRESS')
  return JSON.stringify({ status: response.status, headers, body })
}
