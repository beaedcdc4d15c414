import { adminRequests } from './budget-requests-admin.ts'
import { authRequests } from './budget-requests-auth.ts'
import { userRequests } from './budget-requests-user.ts'
import { wayBackRequests } from './budget-requests-way-back.ts'
import type { Request, Requests } from './budget-support.ts'

const inBrowser: Request = () => ({ headers: { Accept: 'text/html' } })

const plain: Request = () => ({})

export const requests: Requests = {
  ...authRequests,
  ...userRequests,
  ...adminRequests,
  ...wayBackRequests,
  'GET /': { 'in a browser': inBrowser, 'another client': plain },
  'GET /health': { anybody: plain },
  'GET /health/ready': { anybody: plain },
  'GET /errors': { anybody: plain },
  'GET /.well-known/jwks.json': { anybody: plain },
  'GET /.well-known/change-password': { anybody: plain },
  'GET /.well-known/oauth-authorization-server': { anybody: plain },
  'GET /.well-known/openid-configuration': { anybody: plain },
  'GET /openapi.json': { anybody: plain },
  'GET /docs': { anybody: plain },
  'GET /redoc': { anybody: plain },
  'GET /api/auth/reset-password': { 'its page': inBrowser },
  'GET /api/auth/reject-registration': { 'its page': inBrowser },
  'GET /api/auth/confirm-email': { 'its page': inBrowser },
  'GET /api/auth/cancel-email-change': { 'its page': inBrowser },
  'GET /api/auth/end-session': { 'its page': inBrowser },
  'GET /api/auth/approve-email-change': { 'its page': inBrowser },
  'GET /api/auth/revert-email-change': { 'its page': inBrowser },
  'GET /api/auth/end-freeze': { 'its page': inBrowser },
  'GET /api/auth/end-sessions': { 'its page': inBrowser },
  'GET /api/auth/undo-deletion': { 'its page': inBrowser },
}
