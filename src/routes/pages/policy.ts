const own = [
  "default-src 'none'",
  "script-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
]

/** Pages load only what this service serves, without inline scripts or styles. */
export const pagePolicy = [...own, "style-src 'self'"].join('; ')

/** ReDoc inserts its styles at run time and searches in a worker that it creates from a string. */
export const redocPolicy = [...own, "style-src 'self' 'unsafe-inline'", 'worker-src blob:'].join('; ')
