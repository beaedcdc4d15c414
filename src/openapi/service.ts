import * as z from 'zod'
import { problems } from '../domain/problems.ts'
import { documentOrigin as origin } from '../routes/assets.ts'
import { type Group, json, page } from './operation.ts'
import { ErrorsReply, Jwks, OpenIdMetadata, ServerMetadata, ServiceReply } from './service-replies.ts'

const { advice, detail, status, title } = problems.rate_limited

const metadata = {
  issuer: origin,
  jwks_uri: `${origin}/.well-known/jwks.json`,
  grant_types_supported: [],
  response_types_supported: [],
  service_documentation: `${origin}/docs`,
}

const docs = (id: string, summary: string, description: string, content: ReturnType<typeof page>) => ({
  id,
  summary,
  description: `${description} Not found if \`DOCS\` is \`off\`.`,
  local: true,
  replies: { 200: { says: summary, content }, 304: { says: 'Your copy is current.' } },
  refusals: ['not_found'] as ['not_found'],
})

export const service: Group = {
  tag: 'Service',
  operations: {
    'GET /': {
      id: 'service',
      summary: 'Name, version and links',
      description: 'Names the service and links to the rest; a page for browsers.',
      local: true,
      replies: {
        200: {
          says: 'The service.',
          content: {
            ...json(ServiceReply, {
              service: {
                message: 'Gatehouse is running.',
                name: 'Gatehouse',
                version: '0.1.0',
                links: { docs: `${origin}/docs`, jwks: `${origin}/.well-known/jwks.json` },
              },
            }),
            ...page('The same for people.'),
          },
        },
      },
    },
    'GET /health': {
      id: 'health',
      summary: 'Whether the service runs',
      description:
        'Uses no dependency, so it says only that the Worker answers and its settings are right. For load balancers and uptime monitors.',
      local: true,
      always: true,
      replies: {
        200: {
          says: 'It runs.',
          content: json(z.object({ status: z.literal('healthy') }), { healthy: { status: 'healthy' } }),
        },
        503: {
          says: 'Settings are wrong. The reply names them; a local service also says what is wrong with them.',
          content: json(z.object({ status: z.literal('misconfigured'), settings: z.array(z.string()) }), {
            misconfigured: { status: 'misconfigured', settings: ['MAIL_FROM'] },
          }),
        },
      },
    },
    'GET /health/ready': {
      id: 'ready',
      summary: 'Whether the database answers',
      description: 'Asks D1 and waits at most a second.',
      replies: {
        200: {
          says: 'It answers.',
          content: json(z.object({ status: z.literal('ready') }), { ready: { status: 'ready' } }),
        },
      },
      refusals: ['rate_limited'],
    },
    'GET /errors': {
      id: 'errors',
      summary: 'Every error code',
      description: 'Explains every code of a problem. The `type` of a problem points here.',
      local: true,
      replies: {
        200: {
          says: 'The codes.',
          content: {
            ...json(ErrorsReply, {
              one: {
                errors: [
                  {
                    code: 'rate_limited',
                    status,
                    title,
                    detail,
                    advice,
                  },
                ],
              },
            }),
            ...page('The same for people; each code is an anchor.'),
          },
        },
      },
    },
    'GET /.well-known/jwks.json': {
      id: 'jwks',
      summary: 'The public keys of access tokens',
      description:
        'Other services verify access tokens with these keys and make no further request. The first key signs; the others are new or retired. Pages of any origin may read it.',
      local: true,
      replies: {
        200: {
          says: 'The keys.',
          content: json(Jwks, {
            one: {
              keys: [
                {
                  kty: 'EC',
                  crv: 'P-256',
                  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
                  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
                  kid: '2026-11',
                  alg: 'ES256',
                  use: 'sig',
                },
              ],
            },
          }),
        },
      },
    },
    'GET /.well-known/change-password': {
      id: 'changePasswordPage',
      summary: 'Where people change their password',
      description:
        'Redirects browsers and password managers to `/account/security` of `FRONTEND_URL` (W3C, *A Well-Known URL for Changing Passwords*).',
      local: true,
      replies: { 302: { says: 'Redirect.', headers: { Location: 'The page of the front end.' } } },
    },
    'GET /.well-known/oauth-authorization-server': {
      id: 'serverMetadata',
      summary: 'Issuer and keys',
      description:
        'RFC 8414, so that libraries find the keys by the issuer alone. It names no endpoint, since this is not an OAuth server. Pages of any origin may read it.',
      local: true,
      replies: {
        200: {
          says: 'The metadata.',
          content: json(ServerMetadata, { metadata }),
        },
      },
    },
    'GET /.well-known/openid-configuration': {
      id: 'openIdMetadata',
      summary: 'Issuer and keys for OpenID verifiers',
      description:
        'What `/.well-known/oauth-authorization-server` returns, with two members of OpenID Connect Discovery besides, for libraries and gateways that look for the keys only here. It does not serve log-ins, since this is not an OpenID provider. Pages of any origin may read it.',
      local: true,
      replies: {
        200: {
          says: 'The metadata.',
          content: json(OpenIdMetadata, {
            metadata: {
              ...metadata,
              subject_types_supported: ['public'],
              id_token_signing_alg_values_supported: ['ES256'],
            },
          }),
        },
      },
    },
    'GET /openapi.json': docs('openapi', 'This document', 'The OpenAPI 3.1 document of this service.', {
      'application/json': { schema: z.looseObject({ openapi: z.string() }) },
    }),
    'GET /docs': docs('docs', 'Swagger UI', 'Reads this document and sends requests.', page('Swagger UI')),
    'GET /redoc': docs('redoc', 'ReDoc', 'This document to read.', page('ReDoc')),
  },
}
