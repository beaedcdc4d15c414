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
    methods: z
      .array(z.enum(['passkey', 'totp', 'recovery_code']))
      .optional()
      .meta({
        description:
          'With `second_factor_required`: what the user can give, in the order in which to offer it. With `enrolment_required`: what the user can add.',
      }),
    challenge: z.string().optional().meta({
      description:
        'With `second_factor_required` at log-in: send it to `/api/auth/login/code` with a code, or to `/api/auth/login/passkey` with a passkey. With `enrolment_required`: send it to `/api/auth/login/enrol/mail`. Absent with `transport=cookie`, where it is the cookie `login`.',
    }),
    unknown_credential: z.literal(true).optional().meta({
      description: 'With `passkey_refused`: the service does not have that passkey.',
    }),
    code_to_type: z
      .string()
      .optional()
      .meta({
        description: 'With `other_browser`: the code of the mail, to be typed where the log-in began.',
        examples: ['12345678'],
      }),
    expires_in: z
      .int()
      .optional()
      .meta({ description: 'Seconds for which the challenge is valid.', examples: [600] }),
    trust_days: z
      .int()
      .optional()
      .meta({
        description:
          'With `second_factor_required` at log-in, if devices can be trusted: how many days `trust_device` lasts.',
        examples: [30],
      }),
    recovery_hours: z
      .int()
      .optional()
      .meta({
        description:
          'With `second_factor_required` at log-in, if the factors can be recovered: how long `POST /api/auth/recover-factors` waits.',
        examples: [72],
      }),
    error: z
      .enum([
        'invalid_request',
        'invalid_grant',
        'mfa_required',
        'unsupported_grant_type',
        'temporarily_unavailable',
        'server_error',
      ])
      .optional()
      .meta({
        description:
          'For an `application/x-www-form-urlencoded` body: the code of OAuth 2.0 (RFC 6749 §5.2), for its libraries, or `mfa_required`. The status is the same as for JSON.',
      }),
    error_description: z
      .string()
      .optional()
      .meta({ description: 'With `error`: `detail` in the characters OAuth 2.0 allows.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' })
