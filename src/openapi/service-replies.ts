import * as z from 'zod'
import { Url } from './reply-schemas.ts'

/** Replies about the service itself. */

export const ServiceReply = z
  .object({
    message: z.string().meta({ description: 'States that the service runs, as older services do.' }),
    name: z.string().meta({ description: '`APP_NAME`' }),
    version: z.string(),
    links: z.record(z.string(), Url).meta({ description: 'Documentation, errors, health, keys.' }),
  })
  .meta({ id: 'Service' })

export const ErrorsReply = z
  .object({
    errors: z.array(
      z.object({
        code: z.string(),
        status: z.int(),
        title: z.string(),
        detail: z.string().meta({ description: 'The usual sentence for people.' }),
        advice: z.string().meta({ description: 'What clients can do.' }),
      }),
    ),
  })
  .meta({ id: 'Errors' })

export const Jwks = z
  .object({
    keys: z.array(
      z.object({
        kty: z.enum(['EC', 'OKP']),
        crv: z.enum(['P-256', 'Ed25519']),
        x: z.string(),
        y: z.string().optional().meta({ description: 'Only with an EC key.' }),
        kid: z.string(),
        alg: z.enum(['ES256', 'EdDSA']),
        use: z.literal('sig'),
      }),
    ),
  })
  .meta({ id: 'Jwks', description: 'RFC 7517' })

const metadata = {
  issuer: Url,
  jwks_uri: Url,
  grant_types_supported: z.array(z.never()).meta({ description: 'None: this is not an OAuth server.' }),
  response_types_supported: z.array(z.string()),
  gatehouse_token_subject: z.literal('external_id').optional().meta({
    description: '`TOKEN_SUBJECT`, if `sub` names the external id of users who have one. Absent: it is the id.',
  }),
  service_documentation: Url.optional(),
}

export const ServerMetadata = z.object(metadata).meta({ id: 'ServerMetadata', description: 'RFC 8414' })

export const OpenIdMetadata = z
  .object({
    ...metadata,
    subject_types_supported: z.array(z.literal('public')),
    id_token_signing_alg_values_supported: z
      .array(z.enum(['ES256', 'EdDSA']))
      .meta({ description: 'For access tokens: there are no ID tokens.' }),
  })
  .meta({ id: 'OpenIdMetadata', description: 'Members of OpenID Connect Discovery 1.0, without endpoints' })
