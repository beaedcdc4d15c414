const own = [
  "default-src 'none'",
  "script-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
]

/** Pages run and show nothing but what this service serves, and no inline script or style. */
export const pagePolicy = [...own, "style-src 'self'"].join('; ')

/** ReDoc writes its styles into the page as it runs, and searches in a worker that it makes of a string. */
export const redocPolicy = [...own, "style-src 'self' 'unsafe-inline'", 'worker-src blob:'].join('; ')
