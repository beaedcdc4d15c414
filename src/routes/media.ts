import type { Context } from 'hono'

/** The type that the body is said to be of, without its parameters. */
export const mediaType = (c: Context) => c.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase()

/** Whether it came as OAuth 2.0 sends its requests. */
export const isForm = (c: Context) => mediaType(c) === 'application/x-www-form-urlencoded'
