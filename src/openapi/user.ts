import { ChangePasswordBody } from '../routes/schemas.ts'
import { newPassword, password } from './examples.ts'
import { passwordRefusals } from './links.ts'
import { type Group, json } from './operation.ts'
import { deviceCookie, done, userReply } from './replies.ts'

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
    'POST /api/user/change-password': {
      id: 'changePassword',
      summary: 'Change the password',
      description:
        'Takes the current and the new password. All other sessions end, this one lives, and the owner is told by mail. The cookies `device` of before are void; a new one comes with the reply where cookies sign in or the request brought a genuine one of this user. A wrong current password is 422, not 401: a fresh access token would not help.',
      access: 'user',
      body: json(ChangePasswordBody, { change: { current_password: password, new_password: newPassword } }),
      replies: { 200: done('Changed.', 'The new password holds. Your other sessions have ended.', deviceCookie) },
      refusals: ['wrong_password', ...passwordRefusals, 'rate_limited', 'busy'],
    },
  },
}
