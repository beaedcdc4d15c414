import {
  AddPasskeyBody,
  FactorParam,
  PasskeyOptionsBody,
  ProofBody,
  RenamePasskeyBody,
} from '../routes/user-schemas.ts'
import { factors, password, passwordChanged, recoveryCodes } from './examples.ts'
import {
  PasskeyAddedReply,
  PasskeyCreationReply,
  PasskeyEndpointsReply,
  PasskeyRemovedReply,
  PasskeyReply,
  RelatedOriginsReply,
} from './factor-reply-schemas.ts'
import { ofProof } from './factors.ts'
import { type Group, json } from './operation.ts'
import { creation, newCredential, signal } from './passkey-examples.ts'

const [passkey] = factors.passkeys

export const passkeys: Group = {
  tag: 'Second factors',
  operations: {
    'POST /api/user/passkeys/options': {
      id: 'beginPasskey',
      summary: 'Begin to add a passkey',
      description:
        'Returns the options for `navigator.credentials.create`, valid for five minutes in the same session. Nothing is stored. `security_key: true` is for a key that is only a second factor of a log-in by password: it need not verify its user. A user has at most ten passkeys, and needs a verified address. 404 while passkeys are off (`PASSKEYS`, `PASSKEY_RP_ID`).',
      access: 'user',
      body: json(PasskeyOptionsBody, { passkey: {}, key: { security_key: true } }),
      bodyOptional: true,
      replies: { 200: { says: 'The options.', content: json(PasskeyCreationReply, { one: creation }) } },
      refusals: ['not_found', 'forbidden', 'factor_limit', 'rate_limited'],
    },
    'POST /api/user/passkeys': {
      id: 'addPasskey',
      summary: 'Add a passkey',
      description:
        'Takes what `navigator.credentials.create` returned, and full proof (`current_password`, or the header `Gatehouse-Proof`). The passkey then opens the account without the password; a log-in by password asks for it, or for another factor. The first factor comes with ten recovery codes, which are shown only here. All other sessions end, and this one continues with new tokens that state two factors. The owner is informed by mail, with a link that removes the passkey.',
      access: 'user',
      proves: true,
      body: json(AddPasskeyBody, { first: { credential: newCredential, current_password: password } }),
      replies: {
        201: {
          says: 'Added.',
          content: json(PasskeyAddedReply, {
            first: {
              ...passwordChanged,
              message: 'The passkey was added. Your other sessions have ended.',
              passkey,
              recovery_codes: recoveryCodes,
              ...signal,
            },
          }),
          headers: { 'Set-Cookie': 'The cookies `token` and `refresh_token`, if cookies named the session.' },
        },
      },
      refusals: ['invalid_ceremony', 'passkey_refused', 'not_found', 'forbidden', 'factor_limit', ...ofProof],
    },
    'PATCH /api/user/passkeys/{id}': {
      id: 'renamePasskey',
      summary: 'Name a passkey',
      description: 'Sets the name of a passkey. A new one has the name of the browser that made it.',
      access: 'user',
      path: FactorParam,
      body: json(RenamePasskeyBody, { name: { name: 'Key in the drawer' } }),
      replies: { 200: { says: 'The passkey.', content: json(PasskeyReply, { passkey }) } },
      refusals: ['not_found', 'rate_limited'],
    },
    'DELETE /api/user/passkeys/{id}': {
      id: 'removePasskey',
      summary: 'Remove a passkey',
      description:
        'Needs full proof. All other sessions end, and the owner is informed by mail. The recovery codes are removed with the last factor. The only way to log in cannot be removed. Tell the browser which passkeys are left, or it goes on offering this one.',
      access: 'user',
      proves: true,
      path: FactorParam,
      body: json(ProofBody, { password: { current_password: password } }),
      bodyOptional: true,
      replies: {
        200: {
          says: 'Removed.',
          content: json(PasskeyRemovedReply, {
            removed: { message: 'The passkey was removed. Your other sessions have ended.', ...signal },
          }),
        },
      },
      refusals: ['not_found', 'last_factor', ...ofProof],
    },
    'GET /.well-known/passkey-endpoints': {
      id: 'passkeyEndpoints',
      summary: 'Where people add and manage passkeys',
      description:
        'Leads password managers to `/account/security` of `FRONTEND_URL` (W3C, *A Well-Known URL for Relying Party Passkey Endpoints*). 404 while passkeys are off.',
      tag: 'Service',
      local: true,
      replies: {
        200: {
          says: 'The pages.',
          content: json(PasskeyEndpointsReply, {
            one: { enroll: 'https://example.com/account/security', manage: 'https://example.com/account/security' },
          }),
        },
      },
      refusals: ['not_found'],
    },
    'GET /.well-known/webauthn': {
      id: 'relatedOrigins',
      summary: 'Other sites that may use the passkeys',
      description:
        'The origins of `PASSKEY_ORIGINS` that are not below `PASSKEY_RP_ID` (WebAuthn Level 3, related origin requests). Browsers ask for it at the host of the RP ID: if that is not the host of this service, the site there must serve a copy of this reply. 404 while passkeys are off.',
      tag: 'Service',
      local: true,
      replies: {
        200: {
          says: 'The origins.',
          content: json(RelatedOriginsReply, { one: { origins: ['https://example.org'] } }),
        },
      },
      refusals: ['not_found'],
    },
  },
}
