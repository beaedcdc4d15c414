import * as z from 'zod'
import { Url } from './reply-schemas.ts'

/** The body of every refusal. Not part of the Worker. */
export const Problem = z
  .object({
    type: Url.meta({
      description: 'The page that explains the code.',
      examples: ['http://localhost:8787/errors#invalid_token'],
    }),
    title: z.string(),
    status: z.int(),
    code: z
      .string()
      .meta({ description: 'Stable; the page named by `type` lists all codes.', examples: ['invalid_token'] }),
    detail: z.string().meta({ description: 'A sentence for people.' }),
    request_id: z.string(),
    errors: z
      .array(z.object({ field: z.string(), code: z.string(), detail: z.string() }))
      .optional()
      .meta({ description: 'With 422: the faulty members.' }),
    error: z
      .enum(['invalid_request', 'invalid_grant', 'unsupported_grant_type', 'temporarily_unavailable', 'server_error'])
      .optional()
      .meta({
        description:
          'For an `application/x-www-form-urlencoded` body: the code of OAuth 2.0 (RFC 6749 §5.2), for its libraries. The status is the same as for JSON.',
      }),
    error_description: z
      .string()
      .optional()
      .meta({ description: 'With `error`: `detail` in the characters OAuth 2.0 allows.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' })
