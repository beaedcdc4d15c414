import type { Context } from 'hono'

/** Returns the media type that the request declares, without parameters. */
export const mediaType = (c: Context) => c.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase()

/** Whether the body is a form as OAuth 2.0 sends it. */
export const isForm = (c: Context) => mediaType(c) === 'application/x-www-form-urlencoded'
