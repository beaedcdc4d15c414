import { IdParam, StatsQuery, UsersQuery } from '../routes/admin-schemas.ts'
import { StatsReply, UsersReply } from './admin-reply-schemas.ts'
import { factors, statistics, user } from './examples.ts'
import { UserFactorsReply } from './factor-reply-schemas.ts'
import { type Group, json } from './operation.ts'
import { sessionsReply, userReply } from './replies.ts'

export const userDirectory: Group = {
  tag: 'Administration',
  operations: {
    'GET /api/admin/users': {
      id: 'listUsers',
      summary: 'List and search users',
      description:
        'Returns a page of users. Use `page` up to 10,000 users, and `cursor` beyond. `total` is exact without `search`; with it, users are counted up to 800. `invited=true` returns users who have no password yet. Reading is recorded in the audit, once for each query in a quarter of an hour.',
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
    'GET /api/admin/users/{id}': {
      id: 'getUser',
      summary: 'Read a user',
      description: 'Returns one user. Reading is recorded in the audit.',
      access: 'admin',
      path: IdParam,
      replies: { 200: userReply('The user.') },
      refusals: ['not_found'],
    },
    'GET /api/admin/users/{id}/sessions': {
      id: 'listUserSessions',
      summary: 'List the sessions of a user',
      description: 'Returns where the user is logged in. Reading is recorded in the audit.',
      access: 'admin',
      path: IdParam,
      replies: { 200: sessionsReply('The sessions.') },
      refusals: ['not_found'],
    },
    'GET /api/admin/users/{id}/factors': {
      id: 'listUserFactors',
      summary: 'List the second factors of a user',
      description: 'Returns names and times, and nothing that proves a factor. Reading is recorded in the audit.',
      access: 'admin',
      path: IdParam,
      replies: {
        200: { says: 'The factors.', content: json(UserFactorsReply, { one: { ...factors, required: false } }) },
      },
      refusals: ['not_found'],
    },
    'GET /api/admin/stats': {
      id: 'getStats',
      summary: 'Read the statistics',
      description:
        'Returns totals, and what happened on each of the last `days` (UTC, today last). Weeks and months are listed from the month of the first day on. The cost does not depend on the number of users.',
      access: 'admin',
      query: StatsQuery,
      replies: {
        200: {
          says: 'The statistics.',
          content: json(StatsReply, { statistics }),
        },
      },
    },
  },
}
