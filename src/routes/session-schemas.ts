import * as z from 'zod/mini'
import { CurrentPassword, PastedText } from './schemas.ts'

/** What begins, continues and ends a session. */

const LoginName = PastedText.check(z.meta({ format: 'idn-email' }))

export const LoginBody = z
  .object({
    email: z.optional(LoginName).check(z.meta({ description: 'The e-mail address.', examples: ['ada@example.com'] })),
    username: z.optional(LoginName).check(z.meta({ description: 'The e-mail address, by the name OAuth2 gives it.' })),
    password: CurrentPassword,
    remember: z.optional(z.boolean()).check(
      z.meta({
        description:
          '`false` for a computer of others: cookies without an age, and a session that ends after 12 hours without a refresh.',
        examples: [false],
      }),
    ),
  })
  .check(
    z.refine((body) => body.email !== undefined || body.username !== undefined, {
      error: 'is required',
      path: ['email'],
    }),
    z.meta({ id: 'Login' }),
  )

/** What else it may be is refused before anything of the form is validated: RFC 6749 §5.2 has a code for it. */
const grantType = (own: string) =>
  z
    .optional(z.string())
    .check(z.meta({ description: `\`${own}\`, as OAuth 2.0 has it, or left out.`, examples: [own] }))

/** OAuth 2.0's password form, so that "Authorize" in Swagger UI and FastAPI's clients can log in. */
export const LoginForm = z
  .object({
    username: LoginName.check(z.meta({ description: 'The e-mail address.', examples: ['ada@example.com'] })),
    password: CurrentPassword,
    grant_type: grantType('password'),
    scope: z.optional(z.string()),
  })
  .check(z.meta({ id: 'LoginForm' }))

const RefreshToken = z.string().check(z.minLength(1), z.maxLength(512))

export const RefreshBody = z
  .object({
    // What `localStorage.getItem` gives for nothing is null.
    refresh_token: z
      .optional(z.nullable(RefreshToken))
      .check(z.meta({ description: 'Left out or null, the cookie is read.' })),
  })
  .check(z.meta({ id: 'Refresh' }))

/** OAuth 2.0's refresh (RFC 6749 §6). No cookie is read for it: a form without a token is a mistake of the client. */
export const RefreshForm = z
  .object({ refresh_token: RefreshToken, grant_type: grantType('refresh_token') })
  .check(z.meta({ id: 'RefreshForm' }))

export const LogoutBody = z
  .object({
    refresh_token: z
      .optional(z.nullable(z.string().check(z.maxLength(512))))
      .check(z.meta({ description: 'Ends the session it names.' })),
  })
  .check(z.meta({ id: 'Logout' }))

export const ReauthenticateBody = z.object({ password: CurrentPassword }).check(z.meta({ id: 'Reauthenticate' }))

export const TransportQuery = z.object({
  transport: z.optional(z.enum(['both', 'body', 'cookie'])).check(
    z.meta({
      description:
        'Where the tokens travel: in the body and as cookies (`both`, the default), in the `body` alone, or as `cookie`s alone. The setting `TOKEN_TRANSPORT` may narrow it.',
    }),
  ),
})
