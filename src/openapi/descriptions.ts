import * as admin from '../routes/admin-schemas.ts'
import * as auth from '../routes/auth-schemas.ts'
import * as fields from '../routes/fields.ts'
import * as user from '../routes/user-schemas.ts'
import { body, type Schema, say } from './describing.ts'
import { recoveryCode } from './examples.ts'

/**
 * Descriptions of the schemas that validate requests. Only readers of the document need them, so they are not part of
 * the Worker.
 */

const passwordExample = ['correct horse battery staple']
const addressExample = ['ada@example.com']

const address =
  'An e-mail address, at most 254 characters. Case does not distinguish accounts; surrounding white space is ignored.'
// Not `email`, which allows ASCII only: domains may be international.
const format = 'idn-email'
say(fields.Email, { format, description: address, examples: addressExample })
say(fields.NewEmail, {
  format,
  description: `${address} The part before the \`@\` may not contain \`%\`, \`!\`, \`|\`, \`\` \` \`\`, \`{\`, \`}\` or \`=?\`, nor begin with \`-\` or \`/\`: mail servers read them differently.`,
  examples: addressExample,
})
say(fields.CurrentPassword, {
  format: 'password',
  description: 'The current password.',
  examples: passwordExample,
})
say(fields.Name, {
  description:
    'A name in any script: 1 to 100 characters, at least one of them visible. Stored in Unicode NFC, without surrounding white space.',
  examples: ['Ada Lovelace'],
})
say(fields.Phone, {
  description: 'An international number with `+`, as in an address book or a `tel:` link; stored as E.164.',
  examples: ['+44 20 7946 0958'],
})
say(fields.Locale, {
  description:
    'A language tag (BCP 47). Stored as the closest language that the service has, or as null if there is none. If it is missing at registration, `Accept-Language` decides.',
  examples: ['pt-BR'],
})
say(fields.ExternalId, {
  description:
    "The user's id in another system: 1 to 255 printable ASCII characters without spaces. Unique, and not the id of another user.",
  examples: ['auth0|5f7c8ec7c33c6c004bbafe82'],
})
say(fields.Metadata, {
  type: 'object',
  description:
    'Merged into the stored metadata (RFC 7396): `null` removes a member, and a list replaces a list. At most 4 KiB of JSON together with the stored metadata, and 8 levels.',
  examples: [{ plan: 'pro', seats: 5 }],
})
say(fields.LinkToken, { description: 'The token from the link in the mail.' })

const newPassword = {
  format: 'password',
  description:
    "At least `PASSWORD_MIN_LENGTH` (8) and at most 256 Unicode code points of any kind. Common passwords and those made of the name, the address or the service's name are refused. Normalised to NFC, otherwise used exactly as sent.",
  examples: passwordExample,
}
body(auth.RegisterBody, 'Register', { password: newPassword })
body(user.ChangePasswordBody, 'ChangePassword', { new_password: newPassword })
body(auth.ResetPasswordBody, 'ResetPassword', { new_password: newPassword })

const change = 'Omitted members stay as they are; `null` clears a member that may be empty.'
body(
  user.ProfileBody,
  'ProfileChange',
  {
    current_password: {
      description: 'Full proof for a new `email`. Without it, the current mailbox must approve the change as well.',
    },
  },
  change,
)
body(user.DeleteAccountBody, 'DeleteAccount', {
  current_password: {
    description:
      'Full proof: the account is deleted at once. Without it, the account is disabled, and erased after some days.',
  },
})

export const fullProof = {
  current_password: { description: 'Full proof, unless the header `Gatehouse-Proof` has it.' },
}
export const appName = { description: 'A name that tells the apps of a user apart.', examples: ['Old phone'] }
body(user.ProofBody, 'FullProof', fullProof)
body(user.RenameFactorBody, 'RenameFactor', { name: appName })
body(user.ConfirmTotpBody, 'ConfirmTotp', {
  ...fullProof,
  enrolment: { description: 'The enrolment that came with the seed.' },
  code: { description: 'The code that the app shows now; spaces are ignored.', examples: ['287082'] },
  name: appName,
})

body(auth.TokenBody, 'LinkToken')
body(auth.EmailBody, 'EmailOnly')
body(auth.ConfirmEmailBody, 'ConfirmEmail', {
  password: {
    description: "The account's password, required unless the request comes from a session of the account.",
  },
})
const otpBefore = {
  description: 'A code of an authenticator app or a recovery code, both from at least 72 hours before the change.',
  examples: ['123456'],
}
const passwordBefore = { description: 'The password that was valid before the change.' }
body(auth.RevertEmailBody, 'RevertEmailChange', { password: passwordBefore, otp: otpBefore })
body(auth.EndFreezeBody, 'EndFreeze', { password: passwordBefore, otp: otpBefore })
body(auth.VerifyEmailBody, 'VerifyEmail', {
  password: {
    description: 'The password that the address was registered with. Checked if it is sent.',
    examples: passwordExample,
  },
  require_proof: {
    description:
      'For a page: `true` if the link alone must not be enough. Then `password` is required, unless the cookie `registered` shows that this browser registered the address.',
  },
})

const loginName = { format, description: 'The e-mail address.', examples: addressExample }
const grantType = (value: string) => ({
  description: `\`${value}\`, as in OAuth 2.0, or omitted.`,
  examples: [value],
})
export const trustDevice = {
  description:
    '`true` if the next log-ins by password on this device should need no second factor, for the days of `TRUSTED_DEVICE_DAYS`. Without effect where devices cannot be trusted.',
  examples: [true],
}
const otp = {
  description:
    'For an account with a second factor: the code of its authenticator app, or a recovery code. Ignored for an account without a second factor.',
  examples: ['123456'],
}
body(auth.LoginBody, 'Login', {
  otp,
  email: loginName,
  username: { format, description: 'The e-mail address, under the name that OAuth 2.0 gives it.' },
  remember: {
    description:
      '`false` on a shared computer: cookies without `Max-Age`, and a session that ends after 12 hours without a refresh.',
    examples: [false],
  },
  trust_device: trustDevice,
})
body(auth.LoginForm, 'LoginForm', { username: loginName, otp, grant_type: grantType('password') })
body(auth.RefreshBody, 'Refresh', { refresh_token: { description: 'If omitted or null, the cookie is read.' } })
body(auth.RefreshForm, 'RefreshForm', { grant_type: grantType('refresh_token') })
body(auth.LogoutBody, 'Logout', { refresh_token: { description: 'Ends the session it names.' } })
body(auth.ReauthenticateBody, 'Reauthenticate', { otp })
body(auth.LoginCodeBody, 'LoginCode', {
  challenge: { description: 'From the reply to the first step. If omitted, the cookie `login` is read.' },
  code: { description: 'The code of the authenticator app.', examples: ['123456'] },
  recovery_code: { description: 'One of the recovery codes, instead of `code`.', examples: [recoveryCode] },
  trust_device: trustDevice,
})
say(auth.TransportQuery.shape.transport, {
  description:
    'How the tokens are sent: in the body and as cookies (`both`, the default), only in the `body`, or only as `cookie`s. The setting `TOKEN_TRANSPORT` may restrict it.',
})

body(admin.CreateUserBody, 'CreateUser')
body(admin.EditUserBody, 'EditUser', {}, change)
body(admin.RoleBody, 'Role')
body(admin.StatusBody, 'Status')

/** Parameters are read one by one, so each has its own description. */
const parameters = (shape: Record<string, Schema>, said: Record<string, string>) => {
  for (const [name, description] of Object.entries(said)) say(shape[name]!, { description })
}
const cursor = '`next_cursor` of the previous page.'
parameters(admin.UsersQuery.shape, {
  page: 'From 1. Not with `cursor`.',
  per_page: 'Entries on a page.',
  cursor,
  search:
    'Three characters or more match anywhere in e-mail, name or phone number; one or two match at the beginning, or anywhere in Chinese, Japanese and Korean. Case and accents are ignored; all other characters are literal. A whole id or external id finds its user.',
  external_id: 'The user with this external id. Not with `search`.',
  sort: '`-` for descending. Only without search and filters, because their results are always the newest first.',
})
parameters(admin.AuditQuery.shape, {
  user: 'The subject of the event.',
  actor: 'Who did it.',
  from: 'ISO 8601, inclusive',
  to: 'ISO 8601, exclusive',
  cursor,
  per_page: 'Entries on a page.',
})

parameters(admin.ArchiveQuery.shape, { cursor, per_page: 'Days on a page.' })
