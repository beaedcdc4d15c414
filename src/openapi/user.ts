import { ChangePasswordBody } from '../routes/schemas.ts'
import { newPassword, password, passwordChanged } from './examples.ts'
import { passwordRefusals } from './links.ts'
import { type Group, json, type Operation } from './operation.ts'
import { deviceCookie, userReply } from './replies.ts'
import { PasswordChangedReply } from './reply-schemas.ts'

const changePassword = (id: string): Operation => ({
  id,
  summary: 'Change the password',
  description:
    'Takes the current and the new password. All other sessions end. This one goes on under another id with new tokens, and every token of before is refused: use those of the reply. The owner is told by mail, with a link that ends everything. What made devices known before is void; `device_token` comes with the reply, and a new cookie `device` where cookies sign in or the request brought a genuine one of this user. A wrong current password is 422, not 401: a fresh access token would not help. `POST` and `PUT` do the same.',
  access: 'user',
  device: true,
  body: json(ChangePasswordBody, { change: { current_password: password, new_password: newPassword } }),
  replies: {
    200: {
      says: 'Changed.',
      content: json(PasswordChangedReply, { bearer: passwordChanged }),
      headers: deviceCookie,
    },
  },
  refusals: ['wrong_password', ...passwordRefusals, 'rate_limited', 'busy'],
})

export const user: Group = {
  tag: 'User',
  description: "The signed-in user's own account.",
  operations: {
    'GET /api/user/profile': {
      id: 'getProfile',
      summary: 'Read the profile',
      description:
        'Gives the signed-in user, as the database has them now. A session that has ended is 401 at once. Under `REPLICA_READS` both are so when the nearest replica knows, unless `Gatehouse-Bookmark` says more. The headers `Gatehouse-User` (the id) and `Gatehouse-Role` say the same to a proxy that asks here before it lets a request pass.',
      access: 'user',
      near: true,
      replies: { 200: userReply('The user.') },
    },
    'POST /api/user/change-password': changePassword('changePassword'),
    'PUT /api/user/change-password': changePassword('replacePassword'),
  },
}
