/** Headers of every reply (ASVS 3.4.1, 3.4.3 to 3.4.6, 3.2.1, 3.5.8). */
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

/** Returns the headers that a reply lacks, and those that it has but must not have. */
export const faultsOf = (response: Response) => [
  ...Object.entries(headersOfAll)
    .filter(([name, form]) => !form.test(response.headers.get(name) ?? ''))
    .map(([name]) => `${name}: ${response.headers.get(name)}`),
  // ASVS 13.4.6: no header names the software.
  ...['server', 'x-powered-by', 'via'].filter((name) => response.headers.has(name)),
]
