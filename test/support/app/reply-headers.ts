/** ASVS 3.4.1, 3.4.3 to 3.4.6, 3.2.1, 3.5.8: what every reply has, whatever it is. */
const headersOfAll = {
  'strict-transport-security': /^max-age=63072000; includeSubDomains$/,
  'content-security-policy': /^default-src 'none'; (?=.*base-uri 'none')(?=.*frame-ancestors 'none')/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
  'referrer-policy': /^no-referrer$/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^(same-origin|cross-origin)$/,
  'x-request-id': /^[\w-]{8,}$/,
  'cache-control': /\S/,
}

/** Which of them a reply lacks, and which of those it should not have it has. */
export const faultsOf = (response: Response) => [
  ...Object.entries(headersOfAll)
    .filter(([name, form]) => !form.test(response.headers.get(name) ?? ''))
    .map(([name]) => `${name}: ${response.headers.get(name)}`),
  // ASVS 13.4.6: nothing names what this is made with.
  ...['server', 'x-powered-by', 'via'].filter((name) => response.headers.has(name)),
]
