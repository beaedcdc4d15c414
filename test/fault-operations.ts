import { adminOperations } from './fault-operations-admin.ts'
import { authOperations } from './fault-operations-auth.ts'
import { userOperations } from './fault-operations-user.ts'
import type { Operation } from './fault-world.ts'

const plain = (operation: string, path = operation.split(' ')[1], headers: Record<string, string> = {}): Operation => ({
  name: `GET ${path}${headers.Accept ? ' in a browser' : ''}`,
  operation,
  status: 200,
  again: 200,
  arrange: async () => ({ request: { operation: `GET ${path}`, headers } }),
})

const browser = { Accept: 'text/html' }

/** What holds nothing of anybody. */
const publicOperations = [
  ...['/', '/health', '/health/ready', '/errors', '/.well-known/jwks.json', '/.well-known/oauth-authorization-server'],
  ...['/openapi.json', '/docs', '/redoc'],
].map((path) => plain(`GET ${path}`))

const pages = [
  ...['verify-email', 'reset-password', 'confirm-email', 'cancel-email-change', 'end-session'],
  ...['approve-email-change', 'revert-email-change', 'end-freeze', 'end-sessions', 'undo-deletion'],
].map((page) => plain(`GET /api/auth/${page}`, `/api/auth/${page}`, browser))

export const openOperations = [...publicOperations, ...pages]

export const operations: Operation[] = [...authOperations, ...userOperations, ...adminOperations, ...openOperations]
