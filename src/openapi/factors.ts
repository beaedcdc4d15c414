import { ConfirmTotpBody, FactorParam, ProofBody, RenameFactorBody } from '../routes/user-schemas.ts'
import { enrolment, factors as held, password, passwordChanged, recoveryCodes } from './examples.ts'
import {
  EnrolmentReply,
  FactorAddedReply,
  OwnFactorsReply,
  RecoveryCodesReply,
  TotpAppReply,
} from './factor-reply-schemas.ts'
import { byLink, pageOfLink } from './mail-links.ts'
import { type Group, json } from './operation.ts'
import { signal } from './passkey-examples.ts'
import { done } from './replies.ts'

const [app] = held.totp

/** The refusals of every change that needs full proof. */
export const ofProof = [
  'reauthentication_required',
  'second_factor_required',
  'wrong_password',
  'rate_limited',
  'busy',
] as const

const proof = { password: { current_password: password } }

export const factors: Group = {
  tag: 'Second factors',
  operations: {
    'GET /api/user/factors': {
      id: 'listFactors',
      summary: 'List the second factors',
      description:
        'Returns the authenticator apps, the passkeys, and how many recovery codes are left. Neither seeds nor codes are shown.',
      access: 'user',
      replies: {
        200: { says: 'The factors.', content: json(OwnFactorsReply, { one: { ...held, required: false, ...signal } }) },
      },
    },
    'POST /api/user/factors/totp': {
      id: 'beginTotp',
      summary: 'Begin to add an authenticator app',
      description:
        'Returns a new seed: show `otpauth_uri` as a QR code, and `secret` as text. Nothing is stored until the app is confirmed within ten minutes, in the same session. A user has at most two apps, and needs a verified address. Without the setting `DATA_KEYS` the reply is 404.',
      access: 'user',
      replies: { 200: { says: 'The seed.', content: json(EnrolmentReply, { seed: enrolment }) } },
      refusals: ['not_found', 'forbidden', 'factor_limit', 'rate_limited'],
    },
    'POST /api/user/factors/totp/confirm': {
      id: 'confirmTotp',
      summary: 'Add an authenticator app',
      description:
        'Takes the enrolment and a code of the app, and full proof (`current_password`, or the header `Gatehouse-Proof`). From then on a log-in asks for a code. The first app comes with ten recovery codes, which are shown only here. All other sessions end, and this one continues with new tokens that state two factors. The owner is informed by mail, with a link that removes the app.',
      access: 'user',
      proves: true,
      body: json(ConfirmTotpBody, {
        first: { enrolment: enrolment.enrolment, code: '287082', name: app!.name, current_password: password },
      }),
      replies: {
        201: {
          says: 'Added.',
          content: json(FactorAddedReply, {
            first: {
              ...passwordChanged,
              message: 'The authenticator app was added. Your other sessions have ended.',
              factor: app,
              recovery_codes: recoveryCodes,
            },
          }),
          headers: { 'Set-Cookie': 'The cookies `token` and `refresh_token`, if cookies named the session.' },
        },
      },
      refusals: ['invalid_enrolment', 'wrong_code', 'not_found', 'forbidden', 'factor_limit', ...ofProof],
    },
    'PATCH /api/user/factors/totp/{id}': {
      id: 'renameTotp',
      summary: 'Name an authenticator app',
      description: 'Sets the name of an authenticator app; `null` removes the name.',
      access: 'user',
      path: FactorParam,
      body: json(RenameFactorBody, { name: { name: 'New phone' } }),
      replies: { 200: { says: 'The app.', content: json(TotpAppReply, { app }) } },
      refusals: ['not_found', 'rate_limited'],
    },
    'DELETE /api/user/factors/totp/{id}': {
      id: 'removeTotp',
      summary: 'Remove an authenticator app',
      description:
        'Needs full proof. All other sessions end, and the owner is informed by mail. The recovery codes are removed with the last factor. If the account must have a second factor, the last one stays.',
      access: 'user',
      proves: true,
      path: FactorParam,
      body: json(ProofBody, proof),
      bodyOptional: true,
      replies: { 200: done('Removed.', 'The authenticator app was removed. Your other sessions have ended.') },
      refusals: ['not_found', 'last_factor', ...ofProof],
    },
    'POST /api/user/factors/recovery-codes': {
      id: 'replaceRecoveryCodes',
      summary: 'Make new recovery codes',
      description:
        'Needs full proof. Returns ten new codes, which are shown only here; all earlier ones are void. The owner is informed by mail. 404 for a user without a second factor.',
      access: 'user',
      proves: true,
      body: json(ProofBody, proof),
      bodyOptional: true,
      replies: {
        200: { says: 'The codes.', content: json(RecoveryCodesReply, { codes: { recovery_codes: recoveryCodes } }) },
      },
      refusals: ['not_found', ...ofProof],
    },
    'POST /api/auth/remove-factor': byLink({
      id: 'removeFactorByLink',
      summary: 'Remove a factor that somebody else added',
      description:
        'Takes the token of the mail about a new factor (7 days). Removes that factor and ends every session. Works once.',
      done: 'That factor is removed, and all sessions have ended. Set a new password now.',
    }),
    'GET /api/auth/remove-factor': pageOfLink('removeFactorPage', 'Page: remove a factor that somebody else added'),
  },
}
