import {
  CreateUserBody,
  EditUserBody,
  IdParam,
  RoleBody,
  StatusBody,
  UserFactorParam,
} from '../routes/admin-schemas.ts'
import { EditedUser } from './admin-reply-schemas.ts'
import { user } from './examples.ts'
import { type Group, json, type Operation } from './operation.ts'
import { done, userReply } from './replies.ts'

/** The refusals of every change to another user. */
const onSomebody = ['not_found', 'own_account', 'last_admin', 'reauthentication_required'] as const

const edit: Omit<Operation, 'id' | 'summary'> = {
  description:
    "Changes e-mail address, name, phone, language, external id, metadata, whether the address is verified, or whether the user must have a second factor; omitted members stay. A new address takes effect at once: the user's sessions and open links end, the old address is informed, and the new one must be verified unless `email_verified` vouches for it. Vouching for a user who registered and never followed the link removes the password (anybody may have chosen it), ends the sessions and mails a link to choose a password; then `password_dropped` is true. With `mfa_required: true`, a user without a second factor has to add one at the next log-in; current sessions continue until then. Unknown members are refused.",
  access: 'admin',
  path: IdParam,
  body: json(EditUserBody, {
    name: { name: 'Ada King' },
    language: { locale: 'de-AT' },
    email: { email: 'ada@example.org', email_verified: true },
    metadata: { metadata: { plan: 'pro', trial: null } },
    factor: { mfa_required: true },
    external: { external_id: 'auth0|5f7c8ec7c33c6c004bbafe82' },
  }),
  replies: {
    200: { says: 'The changed user.', content: json(EditedUser, { user: { ...user, password_dropped: false } }) },
  },
  refusals: [...onSomebody, 'email_taken', 'external_id_taken', 'rate_limited'],
}

export const administration: Group = {
  tag: 'Administration',
  operations: {
    'POST /api/admin/users': {
      id: 'createUser',
      summary: 'Invite a user',
      description:
        'Creates a user without a password and mails a link to set one, valid for 7 days. If an active user has the address and never verified it, that user becomes the invited one and loses password, sessions, phone, picture, devices and open links. Admins never learn or set a password.',
      access: 'admin',
      body: json(CreateUserBody, { user: { email: 'grace@example.com', name: 'Grace Hopper', role: 'user' } }),
      replies: { 201: userReply('The user.') },
      refusals: [
        'email_taken',
        'external_id_taken',
        'registration_closed',
        'reauthentication_required',
        'rate_limited',
      ],
    },
    'PATCH /api/admin/users/{id}': { id: 'updateUser', summary: 'Change a user', ...edit },
    'PUT /api/admin/users/{id}': { id: 'putUser', summary: 'Change a user, as PATCH does', ...edit },
    'DELETE /api/admin/users/{id}': {
      id: 'deleteUser',
      summary: 'Delete a user',
      description: 'Deletes another user and all their data, at once and for good.',
      access: 'admin',
      path: IdParam,
      replies: { 200: done('Deleted.', 'The account and everything in it was deleted.') },
      refusals: [...onSomebody],
    },
    'PUT /api/admin/users/{id}/role': {
      id: 'setRole',
      summary: 'Set the role',
      description:
        "Gives another user the role `admin`, or takes it away, from that user's next request on. A user with a password but no verified address cannot become an admin, since anybody may have registered the address; the link of `password-reset` resolves that.",
      access: 'admin',
      path: IdParam,
      body: json(RoleBody, { admin: { role: 'admin' } }),
      replies: { 200: userReply('The changed user.') },
      refusals: [...onSomebody, 'unowned', 'rate_limited'],
    },
    'PUT /api/admin/users/{id}/status': {
      id: 'setStatus',
      summary: 'Disable or enable a user',
      description: 'Disabling ends all sessions of the user at once; enabling lets the user log in again.',
      access: 'admin',
      path: IdParam,
      body: json(StatusBody, { disable: { status: 'disabled' } }),
      replies: { 200: userReply('The changed user.') },
      refusals: [...onSomebody, 'rate_limited'],
    },
    'POST /api/admin/users/{id}/password-reset': {
      id: 'requestPasswordReset',
      summary: 'Mail a link to set a password',
      description: 'Mails the user a link to set a new password. The reply holds no token.',
      access: 'admin',
      path: IdParam,
      replies: { 200: done('Accepted.', 'A link to set a new password is on its way to this user.') },
      refusals: [...onSomebody, 'rate_limited'],
    },
    'DELETE /api/admin/users/{id}/factors': {
      id: 'removeUserFactors',
      summary: 'Remove all second factors of a user',
      description:
        'For a user who has lost them: removes every authenticator app, every passkey and all recovery codes, ends the sessions and informs the owner by mail. The password stays.',
      access: 'admin',
      path: IdParam,
      replies: { 200: done('Removed.', 'This user has no second factor any more.') },
      refusals: [...onSomebody, 'rate_limited'],
    },
    'DELETE /api/admin/users/{id}/factors/{factor}': {
      id: 'removeUserFactor',
      summary: 'Remove one second factor of a user',
      description:
        'Removes one authenticator app or passkey, such as that of a lost phone, ends the sessions and informs the owner by mail. The recovery codes are removed with the last factor. 409 `last_factor` where the owner could not remove it either: if the user must have a second factor and has no other, or has no password and would have no way to log in. `DELETE /api/admin/users/{id}/factors` removes all of them even then.',
      access: 'admin',
      path: UserFactorParam,
      replies: { 200: done('Removed.', 'This factor of the user was removed.') },
      refusals: ['not_found', 'own_account', 'last_factor', 'reauthentication_required', 'rate_limited'],
    },
    'DELETE /api/admin/users/{id}/sessions': {
      id: 'endUserSessions',
      summary: 'End all sessions of a user',
      description: 'Logs another user out everywhere, at once.',
      access: 'admin',
      path: IdParam,
      replies: { 200: done('Ended.', 'All sessions of this user have ended.') },
      refusals: [...onSomebody, 'rate_limited'],
    },
  },
}
