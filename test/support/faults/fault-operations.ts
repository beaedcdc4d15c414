import { adminOperations } from './fault-operations-admin.ts'
import { authOperations } from './fault-operations-auth.ts'
import { userOperations } from './fault-operations-user.ts'
import { wayBackOperations } from './fault-operations-way-back.ts'
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
  ...['/', '/health', '/health/ready', '/errors', '/.well-known/jwks.json'],
  ...['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'],
  ...['/openapi.json', '/docs', '/redoc'],
].map((path) => plain(`GET ${path}`))

/** It sends to the front end. */
const changePasswordPage = { ...plain('GET /.well-known/change-password'), status: 302, again: 302 }

const pages = [
  'verify-email',
  'reject-registration',
  'reset-password',
  'confirm-email',
  'cancel-email-change',
  'approve-email-change',
  'revert-email-change',
  'end-freeze',
  'end-sessions',
  'undo-deletion',
  'end-session',
].map((page) => plain(`GET /api/auth/${page}`, `/api/auth/${page}`, browser))

export const openOperations = [...publicOperations, changePasswordPage, ...pages]

export const operations: Operation[] = [
  ...authOperations,
  ...userOperations,
  ...wayBackOperations,
  ...adminOperations,
  ...openOperations,
]
