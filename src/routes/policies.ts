const own = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
]

/** The documentation loads only what this service serves, without inline scripts or styles. */
export const docsPolicy = [...own, "img-src 'self' data:", "style-src 'self'"].join('; ')

/** ReDoc inserts its styles at run time and searches in a worker that it creates from a string. */
export const redocPolicy = [
  ...own,
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  'worker-src blob:',
].join('; ')

/**
 * An example of a mail, which only a page of this service may frame. `sandbox` gives it an origin of its own: no script
 * runs in it, and its links lead no page anywhere.
 */
export const mailPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"

/**
 * Pages can turn no text into markup or code, not even by mistake: `trusted-types 'none'` lets no script make a trusted
 * value (W3C Trusted Types §5.1).
 * @param pictures where pictures come from besides this service, such as `blob:` for one that was just chosen
 * @param frames whether the page frames files of this service
 */
export const pagePolicy = (pictures = '', frames = false) =>
  [
    ...own,
    `img-src 'self' data:${pictures}`,
    "style-src 'self'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
    ...(frames ? ["frame-src 'self'"] : []),
  ].join('; ')
