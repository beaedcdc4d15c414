import * as z from 'zod/mini'
import type { ZodOpenApiOverride } from 'zod-openapi'
import * as admin from '../routes/admin-schemas.ts'
import * as link from '../routes/link-schemas.ts'
import * as own from '../routes/schemas.ts'
import * as session from '../routes/session-schemas.ts'

/** What the schemas that validate requests mean: for readers of the document alone, so that the Worker does not carry it. */

type Said = { description?: string; examples?: unknown[]; format?: string }
type Members = Record<string, Said>
type Schema = z.core.$ZodType

const say = (schema: Schema, said: Said & { id?: string }) => z.globalRegistry.add(schema, said)

const bodies = new Map<Schema, Members>()

/** A body by the name that generated clients give its type, and its members where a schema of several says too little. */
const body = (schema: Schema, id: string, members: Members = {}, description?: string) => {
  say(schema, description ? { id, description } : { id })
  bodies.set(schema, members)
}

const passwordExample = ['correct horse battery staple']
const addressExample = ['ada@example.com']

const address =
  'An e-mail address, at most 254 characters. Case does not distinguish accounts; white space around it does not count.'
// Not `email`, which allows ASCII alone: domains may be international.
const format = 'idn-email'
say(own.Email, { format, description: address, examples: addressExample })
say(own.NewEmail, {
  format,
  description: `${address} Before the \`@\` there may be no \`%\`, \`!\`, \`|\`, \`\` \` \`\`, \`{\`, \`}\` or \`=?\`, and no \`-\` or \`/\` at the beginning: mail servers read them differently.`,
  examples: addressExample,
})
say(own.CurrentPassword, {
  format: 'password',
  description: 'The password as it was set.',
  examples: passwordExample,
})
say(own.Name, {
  description:
    'As people call themselves, in any script: 1 to 100 characters, one of them visible. Kept in Unicode NFC, without white space around it.',
  examples: ['Ada Lovelace'],
})
say(own.Phone, {
  description: 'Written internationally, with `+`, as in a contact or a `tel:` link; stored as E.164.',
  examples: ['+44 20 7946 0958'],
})
say(link.LinkToken, { description: 'The token from the link in the mail.' })

const newPassword = {
  format: 'password',
  description:
    'At least `PASSWORD_MIN_LENGTH` (8) and at most 256 Unicode code points, of any kind; common passwords and ones made of the name, the address or the service are refused. Normalised to NFC, otherwise taken exactly as sent.',
  examples: passwordExample,
}
body(own.RegisterBody, 'Register', { password: newPassword })
body(own.ChangePasswordBody, 'ChangePassword', { new_password: newPassword })
body(link.ResetPasswordBody, 'ResetPassword', { new_password: newPassword })

const change = 'What is left out stays as it is; `null` clears name or phone.'
body(
  own.ProfileBody,
  'ProfileChange',
  {
    current_password: {
      description: 'Full proof for a new `email`. Without it the current mailbox has to approve the change as well.',
    },
  },
  change,
)
body(own.DeleteAccountBody, 'DeleteAccount', {
  current_password: {
    description:
      'Full proof: the account is gone at once. Without it the account is disabled, and erased after some days.',
  },
})

body(link.TokenBody, 'LinkToken')
body(link.EmailBody, 'EmailOnly')
body(link.ConfirmEmailBody, 'ConfirmEmail', {
  password: {
    description: "The account's password: needed where the request comes from no session of the account.",
  },
})
body(link.RevertEmailBody, 'RevertEmailChange', {
  password: {
    description: 'The password that was valid before the change. Left out, the account is frozen for 72 hours.',
  },
})
body(link.EndFreezeBody, 'EndFreeze', {
  password: { description: 'The password that was valid before the change.' },
})
body(link.VerifyEmailBody, 'VerifyEmail', {
  password: {
    description: 'The one that the address was registered with. It is checked where it is sent.',
    examples: passwordExample,
  },
  require_proof: {
    description:
      'For a page: `true` where the link alone is not to be enough. Then `password` is needed, unless the cookie `registered` says that this browser registered the address.',
  },
})

const loginName = { format, description: 'The e-mail address.', examples: addressExample }
const grantType = (value: string) => ({
  description: `\`${value}\`, as OAuth 2.0 has it, or left out.`,
  examples: [value],
})
body(session.LoginBody, 'Login', {
  email: loginName,
  username: { format, description: 'The e-mail address, by the name OAuth2 gives it.' },
  remember: {
    description:
      '`false` for a computer of others: cookies without an age, and a session that ends after 12 hours without a refresh.',
    examples: [false],
  },
})
body(session.LoginForm, 'LoginForm', { username: loginName, grant_type: grantType('password') })
body(session.RefreshBody, 'Refresh', { refresh_token: { description: 'Left out or null, the cookie is read.' } })
body(session.RefreshForm, 'RefreshForm', { grant_type: grantType('refresh_token') })
body(session.LogoutBody, 'Logout', { refresh_token: { description: 'Ends the session it names.' } })
body(session.ReauthenticateBody, 'Reauthenticate')
say(session.TransportQuery.shape.transport, {
  description:
    'Where the tokens travel: in the body and as cookies (`both`, the default), in the `body` alone, or as `cookie`s alone. The setting `TOKEN_TRANSPORT` may narrow it.',
})

body(admin.CreateUserBody, 'CreateUser')
body(admin.EditUserBody, 'EditUser', {}, change)
body(admin.RoleBody, 'Role')
body(admin.StatusBody, 'Status')

/** Parameters are read one by one, so each says its own. */
const parameters = (shape: Record<string, Schema>, said: Record<string, string>) => {
  for (const [name, description] of Object.entries(said)) say(shape[name]!, { description })
}
const cursor = '`next_cursor` of the page before.'
parameters(admin.UsersQuery.shape, {
  page: 'From 1. Not with `cursor`.',
  per_page: 'Of a page.',
  cursor,
  search:
    'Three characters or more match anywhere in e-mail, name or phone number, one or two at the beginning, or anywhere in Chinese, Japanese and Korean. Case and accents do not count; all other characters are literal. A whole id finds its user.',
  sort: '`-` for descending. Only without search and filters, which are newest first.',
})
parameters(admin.AuditQuery.shape, {
  user: 'Whom it happened to.',
  actor: 'Who did it.',
  from: 'ISO 8601, inclusive',
  to: 'ISO 8601, exclusive',
  cursor,
  per_page: 'Of a page.',
})

/** Puts what is said of members into the document. */
export const membersSaid = ({
  zodSchema,
  jsonSchema,
}: Parameters<Extract<ZodOpenApiOverride, (...args: never) => unknown>>[0]) => {
  for (const [name, said] of Object.entries(bodies.get(zodSchema as Schema) ?? {}))
    jsonSchema.properties![name] = { ...(jsonSchema.properties![name] as object), ...said } as never
}
