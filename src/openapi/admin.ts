import {
  AuditQuery,
  CreateUserBody,
  EditUserBody,
  RoleBody,
  StatusBody,
  UserParam,
  UsersQuery,
} from '../routes/admin-schemas.ts'
import { AuditReply, EditedUser, StatsReply, UsersReply } from './admin-reply-schemas.ts'
import { auditRecord, statistics, user } from './examples.ts'
import { type Group, json, type Operation } from './operation.ts'
import { done, sessionsReply, userReply } from './replies.ts'

/** What every change to somebody else can be refused for. */
const onSomebody = ['not_found', 'own_account', 'last_admin', 'reauthentication_required'] as const

const edit: Omit<Operation, 'id' | 'summary'> = {
  description:
    "Changes e-mail address, name, phone or whether the address is verified; what is left out stays. A new address takes effect at once: the user's sessions and open links end, the old address is told, and the new one is to be verified unless `email_verified` vouches for it. Vouching for a user who registered and never followed the link drops their password, which anybody may have chosen, ends their sessions and mails a link to choose one: `password_dropped` says so. Members that are not listed are refused.",
  access: 'admin',
  path: UserParam,
  body: json(EditUserBody, {
    name: { name: 'Ada King' },
    email: { email: 'ada@example.org', email_verified: true },
  }),
  replies: {
    200: { says: 'The user as changed.', content: json(EditedUser, { user: { ...user, password_dropped: false } }) },
  },
  refusals: [...onSomebody, 'email_taken', 'rate_limited'],
}

export const admin: Group = {
  tag: 'Administration',
  description:
    'For users with the role `admin`, which the database is asked for at every request. What changes something wants a password given within the last 15 minutes.',
  operations: {
    'GET /api/admin/users': {
      id: 'listUsers',
      summary: 'List and search users',
      description:
        'Gives a page of users. Turn pages with `page` up to 10,000 users, and with `cursor` beyond. `total` is exact without `search`; with it, users are counted up to 800. That it was read is an entry of the audit, one for each query in a quarter of an hour.',
      access: 'admin',
      query: UsersQuery,
      replies: {
        200: {
          says: 'A page.',
          content: json(UsersReply, {
            page: {
              users: [user],
              total: 1,
              total_is_exact: true,
              page: 1,
              per_page: 20,
              pages: 1,
              next_cursor: null,
            },
          }),
        },
      },
    },
    'POST /api/admin/users': {
      id: 'createUser',
      summary: 'Invite a user',
      description:
        'Makes a user without a password and mails a link to set one, good for 7 days. An active user of the address who never verified it becomes the invited one: password, sessions, phone, picture, devices and open links of before go. Admins never learn or set a password.',
      access: 'admin',
      body: json(CreateUserBody, { user: { email: 'grace@example.com', name: 'Grace Hopper', role: 'user' } }),
      replies: { 201: userReply('The user.') },
      refusals: ['email_taken', 'registration_closed', 'reauthentication_required', 'rate_limited'],
    },
    'GET /api/admin/users/{id}': {
      id: 'getUser',
      summary: 'Read a user',
      description: 'Gives one user. That it was read is an entry of the audit.',
      access: 'admin',
      path: UserParam,
      replies: { 200: userReply('The user.') },
      refusals: ['not_found'],
    },
    'PATCH /api/admin/users/{id}': { id: 'updateUser', summary: 'Change a user', ...edit },
    'PUT /api/admin/users/{id}': { id: 'putUser', summary: 'Change a user, as PATCH does', ...edit },
    'DELETE /api/admin/users/{id}': {
      id: 'deleteUser',
      summary: 'Delete a user',
      description: 'Removes another user and everything of them, at once and for good.',
      access: 'admin',
      path: UserParam,
      replies: { 200: done('Gone.', 'The account and everything in it is gone.') },
      refusals: [...onSomebody],
    },
    'PUT /api/admin/users/{id}/role': {
      id: 'setRole',
      summary: 'Set the role',
      description:
        'Gives another user the role `admin`, or takes it away. Takes effect at the next request of that user. A user who has a password but no verified address cannot become an admin, since anybody may have registered it: the link of `password-reset` mends that.',
      access: 'admin',
      path: UserParam,
      body: json(RoleBody, { admin: { role: 'admin' } }),
      replies: { 200: userReply('The user as changed.') },
      refusals: [...onSomebody, 'unowned', 'rate_limited'],
    },
    'PUT /api/admin/users/{id}/status': {
      id: 'setStatus',
      summary: 'Disable or enable a user',
      description: 'Disabling ends all sessions of the user at once; enabling lets the user log in again.',
      access: 'admin',
      path: UserParam,
      body: json(StatusBody, { disable: { status: 'disabled' } }),
      replies: { 200: userReply('The user as changed.') },
      refusals: [...onSomebody, 'rate_limited'],
    },
    'POST /api/admin/users/{id}/password-reset': {
      id: 'requestPasswordReset',
      summary: 'Mail a link to set a password',
      description: 'Mails the user a link to set a new password. The reply holds no token.',
      access: 'admin',
      path: UserParam,
      replies: { 200: done('Taken.', 'A link to set a new password is on its way to this user.') },
      refusals: [...onSomebody, 'rate_limited'],
    },
    'GET /api/admin/users/{id}/sessions': {
      id: 'listUserSessions',
      summary: 'List the sessions of a user',
      description: 'Gives where the user is logged in. That it was read is an entry of the audit.',
      access: 'admin',
      path: UserParam,
      replies: { 200: sessionsReply('The sessions.') },
      refusals: ['not_found'],
    },
    'DELETE /api/admin/users/{id}/sessions': {
      id: 'endUserSessions',
      summary: 'End all sessions of a user',
      description: 'Logs another user out everywhere, at once.',
      access: 'admin',
      path: UserParam,
      replies: { 200: done('Ended.', 'All sessions of this user have ended.') },
      refusals: [...onSomebody, 'rate_limited'],
    },
    'GET /api/admin/stats': {
      id: 'getStats',
      summary: 'Read the statistics',
      description:
        'Gives totals, and registrations and log-ins of the last 30 days. The cost does not grow with the users.',
      access: 'admin',
      replies: {
        200: {
          says: 'The statistics.',
          content: json(StatsReply, { statistics }),
        },
      },
    },
    'GET /api/admin/audit': {
      id: 'listAudit',
      summary: 'Read the audit trail',
      description: 'Gives what happened, newest first, by user, actor, event and time.',
      access: 'admin',
      query: AuditQuery,
      replies: {
        200: { says: 'A page.', content: json(AuditReply, { page: { entries: [auditRecord], next_cursor: null } }) },
      },
    },
  },
}
