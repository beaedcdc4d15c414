import { type Operations, publicly } from './operation.ts'

export const service: Operations = {
  'GET /': {
    ...publicly(),
    costs: {
      'by a browser': { request: () => ({ headers: { Accept: 'text/html' } }) },
      'by another client': { request: () => ({}) },
    },
  },
  'GET /health': publicly(),
  'GET /health/ready': publicly({ trips: 1, statements: 1, rows: [0, 0] }),
  'GET /errors': publicly(),
  'GET /.well-known/jwks.json': publicly(),
  // It redirects to the front end.
  'GET /.well-known/change-password': publicly({ status: 302 }),
  'GET /.well-known/oauth-authorization-server': publicly(),
  'GET /.well-known/openid-configuration': publicly(),
  'GET /openapi.json': publicly(),
  'GET /docs': publicly(),
  'GET /redoc': publicly(),
}
