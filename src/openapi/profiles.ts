import { ProfileBody } from '../routes/user-schemas.ts'
import { password, user } from './examples.ts'
import { type Group, json, type Operation } from './operation.ts'
import { userReply } from './replies.ts'
import { ChangedUser } from './reply-schemas.ts'

const updateProfile = (id: string): Operation => ({
  id,
  summary: 'Change the profile',
  description:
    'Takes any of name, phone and e-mail; omitted members stay, `null` clears name or phone. A new e-mail address becomes `pending_email` until the link mailed to it is followed, and the current address gets a mail with a link to cancel the change; sending the current address cancels the change too. With full proof (`current_password`, or the header `Gatehouse-Proof`) nothing else is required; with a fresh access token alone (one from a log-in or a re-authentication) the current mailbox must approve the change too. The reply is the same. For seven days after the change the old address can undo it. `PUT` and `PATCH` do the same.',
  access: 'user',
  proves: true,
  body: json(ProfileBody, {
    name: { name: 'Ada Lovelace', phone: '+44 20 7946 0958' },
    email: { email: 'ada@lovelace.example', current_password: password },
    clear: { phone: null },
  }),
  replies: { 200: { says: 'The changed user.', content: json(ChangedUser, { user }) } },
  refusals: ['reauthentication_required', 'wrong_password', 'second_factor_required', 'rate_limited', 'busy'],
})

export const profiles: Group = {
  tag: 'User',
  operations: {
    'GET /api/user/profile': {
      id: 'getProfile',
      summary: 'Read the profile',
      description:
        'Returns the signed-in user, as now in the database. A session that has ended gets 401 at once. Under `REPLICA_READS`, the nearest replica answers, unless `Gatehouse-Bookmark` says otherwise; it may see the end of a session late. The headers `Gatehouse-User` (the id) and `Gatehouse-Role` are for a proxy that asks here before it admits a request.',
      access: 'user',
      near: true,
      replies: { 200: userReply('The user.') },
    },
    'PUT /api/user/profile': updateProfile('replaceProfile'),
    'PATCH /api/user/profile': updateProfile('updateProfile'),
  },
}
