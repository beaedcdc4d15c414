/**
 * What every operation may cost, in each case that costs something else. `test/worker/budgets.test.ts` holds the service to it,
 * `test/worker/scale.test.ts` with many users, and `npm run costs` makes docs/reference/costs.md of it. Where nothing is said, nothing is
 * allowed.
 */
export type Budget = {
  /** Of the reply; 200 where nothing is said. */
  status?: number
  /** Round trips to D1, exactly. */
  trips?: Pair
  statements?: Pair
  /** Rows read and written at most, what follows the reply included: this is what D1 bills. */
  rows?: readonly [read: number, written: number]
  kv?: { gets?: number; puts?: number; deletes?: number }
  r2?: { classA?: number; classB?: number; deletes?: number }
  /** Pictures encoded anew. */
  images?: number
  mails?: number
  /** Hashes of passwords. */
  hashes?: number
}

/** Before the reply and after it; one number where nothing follows. */
type Pair = number | readonly [before: number, after: number]

const pair = (given: Pair = 0): [before: number, after: number] => (typeof given === 'number' ? [given, 0] : [...given])

/** What a row allows, in full. */
export const inFull = ({
  status = 200,
  trips,
  statements,
  rows: [read, written] = [0, 0],
  kv,
  r2,
  ...others
}: Budget) => ({
  status,
  trips: pair(trips),
  statements: pair(statements),
  rows: [read, written] as [read: number, written: number],
  kv: { gets: 0, puts: 0, deletes: 0, ...kv },
  r2: { classA: 0, classB: 0, deletes: 0, ...r2 },
  ...{ images: 0, mails: 0, hashes: 0, ...others },
})

export type Spent = ReturnType<typeof inFull>

/**
 * Rows that the two commonest requests leave, where the device is known and the network is not, for the cron to remove when
 * their time is over: a session, an entry of the audit, counters of limits. To remove a row is to write one.
 */
export const leaves = { logIn: 2, refresh: 1 }

/** Another name of an operation says of which. */
export const budgets = {
  'POST /api/auth/register': {
    'a new address': { status: 201, trips: [2, 1], statements: [11, 3], rows: [26, 26], mails: 1, hashes: 1 },
    verified: { status: 201, trips: [2, 1], statements: [11, 3], rows: [28, 13], mails: 1, hashes: 1 },
    'not verified, the same password': {
      status: 201,
      trips: [2, 1],
      statements: [11, 3],
      rows: [35, 14],
      mails: 1,
      hashes: 1,
    },
    'not verified, another password': {
      status: 201,
      trips: [2, 1],
      statements: [11, 3],
      rows: [44, 18],
      mails: 1,
      hashes: 1,
    },
    'a password that may not be': { status: 422 },
    'stopped by the shield': { status: 429 },
  },
  'POST /api/auth/verify-email': {
    'the link': { trips: 1, statements: 4, rows: [22, 9] },
    'a link used before': { trips: 1, statements: 4, rows: [15, 0] },
    'a forged link': { status: 400 },
    'a page, in the browser that registered': { trips: 1, statements: 4, rows: [22, 9] },
    'a page, in another one': { status: 403, trips: 1, statements: 4, rows: [17, 0] },
    'with the password': { trips: [2, 1], statements: [7, 1], rows: [41, 15], hashes: 1 },
    'with a wrong password': { status: 422, trips: 2, statements: 5, rows: [17, 8], hashes: 1 },
  },
  'POST /api/auth/reject-registration': {
    'the link': { trips: 1, statements: 7, rows: [44, 20] },
    'a link used before': { status: 400, trips: 1, statements: 7, rows: [4, 0] },
    'a forged link': { status: 400 },
  },
  'GET /api/auth/reject-registration': {
    'its page': {},
  },
  'GET /api/auth/verify-email': {
    'its page': {},
    'the link, by another client': { trips: 1, statements: 4, rows: [22, 9] },
  },
  'POST /api/auth/resend-verification': {
    'not verified': { trips: [1, 1], statements: [5, 3], rows: [27, 14], mails: 1 },
    verified: { trips: 1, statements: 5, rows: [16, 6] },
    unknown: { trips: 1, statements: 5, rows: [15, 6] },
  },
  'POST /api/auth/forgot-password': {
    known: { trips: [1, 1], statements: [5, 3], rows: [22, 13], mails: 1 },
    unknown: { trips: 1, statements: 5, rows: [15, 6] },
  },
  'POST /api/auth/reset-password': {
    'the link': { trips: [2, 1], statements: [10, 3], rows: [49, 20], kv: { puts: 1 }, mails: 1, hashes: 1 },
    'the link that verifies': { trips: [2, 1], statements: [10, 3], rows: [42, 20], mails: 1, hashes: 1 },
    'a link used before': { status: 400, trips: 1, statements: 1, rows: [3, 0] },
    'a forged link': { status: 400 },
  },
  'GET /api/auth/reset-password': {
    'its page': {},
  },
  // The eight rows of `totals` are read to choose what hash an address of nobody costs.
  'POST /api/auth/login': {
    'right, a known device': { trips: 2, statements: 20, rows: [82, 15], hashes: 1 },
    'right, a new device': { trips: [2, 1], statements: [17, 3], rows: [85, 31], mails: 1, hashes: 1 },
    'right, the 21st session': { trips: 2, statements: 20, rows: [140, 17], kv: { puts: 1 }, hashes: 1 },
    'right, in place of a session': { trips: 2, statements: 20, rows: [92, 21], kv: { puts: 1 }, hashes: 1 },
    wrong: { status: 401, trips: [1, 1], statements: [4, 4], rows: [37, 12], hashes: 1 },
    'wrong, a known device': { status: 401, trips: [1, 1], statements: [7, 4], rows: [45, 8], hashes: 1 },
    unknown: { status: 401, trips: [1, 1], statements: [4, 4], rows: [38, 12], hashes: 1 },
    'not verified': { status: 401, trips: [1, 3], statements: [4, 10], rows: [58, 26], mails: 1, hashes: 1 },
    disabled: { status: 401, trips: [1, 1], statements: [4, 4], rows: [39, 12], hashes: 1 },
    'too many attempts': { status: 429, trips: 1, statements: 4, rows: [34, 0] },
    'stopped by the shield': { status: 429 },
  },
  'POST /api/auth/refresh': {
    first: { trips: 1, statements: 3, rows: [5, 4], kv: { gets: 1 } },
    'replay, within the grace time': { trips: 1, statements: 3, rows: [11, 0], kv: { gets: 1 } },
    'reused, after it': {
      status: 401,
      trips: [2, 1],
      statements: [7, 3],
      rows: [20, 13],
      kv: { gets: 1, puts: 1 },
      mails: 1,
    },
    'an ended session': { status: 401, trips: 1, statements: 3, rows: [0, 0], kv: { gets: 1 } },
    'a forged token': { status: 401 },
  },
  'POST /api/auth/logout': {
    'signed in': { trips: 1, statements: 3, rows: [10, 6], kv: { puts: 1 } },
    'an ended session': { trips: 1, statements: 3, rows: [2, 0] },
    nobody: {},
  },
  'GET /api/auth/logout': 'POST /api/auth/logout',
  'POST /api/auth/reauthenticate': {
    right: { trips: 2, statements: 9, rows: [24, 9], hashes: 1 },
    wrong: { status: 422, trips: 2, statements: 13, rows: [24, 11], hashes: 1 },
    'wrong for the tenth time': {
      status: 422,
      trips: [2, 1],
      statements: [13, 3],
      rows: [60, 21],
      kv: { puts: 1 },
      mails: 1,
      hashes: 1,
    },
  },
  'GET /api/user/profile': {
    'signed in': { trips: 1, statements: 1, rows: [2, 0] },
    'an ended session': { status: 401, trips: 1, statements: 1, rows: [0, 0] },
    'a forged token': { status: 401 },
    nobody: { status: 401 },
  },
  'PUT /api/user/profile': 'PATCH /api/user/profile',
  'PATCH /api/user/profile': {
    'another name': { trips: 1, statements: 4, rows: [16, 7] },
    'another address': { trips: [2, 2], statements: [15, 6], rows: [54, 25], mails: 2 },
    'another address, with a proof': { trips: [2, 2], statements: [15, 6], rows: [58, 26], mails: 2 },
    'another address, with the password': { trips: [3, 2], statements: [19, 6], rows: [69, 28], mails: 2, hashes: 1 },
    'the address one has': { trips: 2, statements: 5, rows: [17, 5] },
  },
  'DELETE /api/user/profile': 'DELETE /api/user/account',
  'PUT /api/user/change-password': 'POST /api/user/change-password',
  'POST /api/user/change-password': {
    'right, with another session': {
      trips: [2, 1],
      statements: [15, 3],
      rows: [76, 25],
      kv: { puts: 3 },
      mails: 1,
      hashes: 2,
    },
    wrong: { status: 422, trips: 2, statements: 13, rows: [24, 8], hashes: 1 },
  },
  'DELETE /api/user/account': {
    'just logged in': { trips: [1, 1], statements: [8, 3], rows: [55, 20], kv: { puts: 2 }, mails: 1 },
    'with the password': { trips: [2, 1], statements: [13, 3], rows: [86, 29], kv: { puts: 2 }, mails: 1, hashes: 1 },
    'with a proof': { trips: [1, 1], statements: [9, 3], rows: [68, 27], kv: { puts: 2 }, mails: 1 },
    'with a picture': {
      trips: [2, 1],
      statements: [13, 3],
      rows: [89, 31],
      kv: { puts: 2 },
      r2: { deletes: 1 },
      mails: 1,
      hashes: 1,
    },
  },
  'GET /api/user/sessions': {
    'signed in': { trips: 1, statements: 1, rows: [7, 0] },
  },
  'DELETE /api/user/sessions': {
    'one other': { trips: 1, statements: 5, rows: [30, 9], kv: { puts: 2 } },
  },
  'DELETE /api/user/sessions/{id}': {
    'another one': { trips: 1, statements: 6, rows: [21, 6], kv: { puts: 1 } },
    'one of nobody': { status: 404, trips: 1, statements: 6, rows: [10, 0] },
  },
  'GET /api/user/export': {
    'signed in': { trips: [1, 1], statements: [5, 1], rows: [28, 4] },
  },
  'POST /api/user/upload-avatar': {
    'a picture': { trips: 2, statements: 9, rows: [21, 8], r2: { classA: 1 }, images: 1 },
    'in place of another': { trips: 2, statements: 9, rows: [24, 8], r2: { classA: 1, deletes: 1 }, images: 1 },
  },
  'PUT /api/user/avatar': 'POST /api/user/upload-avatar',
  'DELETE /api/user/avatar': {
    'a picture': { trips: 1, statements: 5, rows: [13, 5], r2: { deletes: 1 } },
  },
  'GET /avatars/{key}': {
    'a picture': { r2: { classB: 1 } },
    none: { status: 404, r2: { classB: 1 } },
  },
  'POST /api/auth/confirm-email': {
    'the link': { trips: [1, 1], statements: [13, 3], rows: [80, 22], kv: { puts: 1 }, mails: 1 },
    'the link, with the password': {
      trips: [2, 2],
      statements: [17, 4],
      rows: [106, 28],
      kv: { puts: 1 },
      mails: 1,
      hashes: 1,
    },
    'the link, of a change to approve': { trips: 1, statements: 13, rows: [40, 4] },
    'the link, with a wrong password': { status: 422, trips: 2, statements: 13, rows: [44, 12], hashes: 1 },
    'the link, by nobody': { status: 403, trips: 1, statements: 1, rows: [4, 0] },
    'a link used before': { status: 400, trips: 1, statements: 13, rows: [47, 0] },
    'a forged link': { status: 400 },
  },
  'GET /api/auth/confirm-email': {
    'its page': {},
  },
  'POST /api/auth/cancel-email-change': {
    'the link': { trips: 1, statements: 5, rows: [15, 9], kv: { puts: 1 } },
    'a link used before': { trips: 1, statements: 5, rows: [10, 0], kv: { puts: 1 } },
    'a forged link': { status: 400 },
  },
  'GET /api/auth/cancel-email-change': {
    'its page': {},
  },
  'POST /api/auth/approve-email-change': {
    'the link': { trips: 1, statements: 14, rows: [80, 6] },
    'the link, of a change that is confirmed': {
      trips: [1, 1],
      statements: [14, 3],
      rows: [170, 26],
      kv: { puts: 1 },
      mails: 1,
    },
    'a forged link': { status: 400 },
  },
  'GET /api/auth/approve-email-change': {
    'its page': {},
  },
  'POST /api/auth/revert-email-change': {
    'the link': { trips: [1, 2], statements: [10, 6], rows: [61, 29], kv: { puts: 1 }, mails: 2 },
    'with the password': {
      trips: [2, 3],
      statements: [15, 7],
      rows: [102, 43],
      kv: { puts: 1 },
      mails: 2,
      hashes: 1,
    },
    'with a wrong password': { status: 422, trips: 2, statements: 6, rows: [21, 10], hashes: 1 },
    'a link used before': { status: 400, trips: 1, statements: 10, rows: [20, 0] },
    'a forged link': { status: 400 },
  },
  'GET /api/auth/revert-email-change': {
    'its page': {},
  },
  'POST /api/auth/end-freeze': {
    'with the password': { trips: [2, 1], statements: [9, 1], rows: [52, 20], hashes: 1 },
    'with a wrong password': { status: 422, trips: 2, statements: 6, rows: [26, 10], hashes: 1 },
    'a forged link': { status: 400 },
  },
  'GET /api/auth/end-freeze': {
    'its page': {},
  },
  'POST /api/auth/end-sessions': {
    'the link': { trips: [1, 1], statements: [8, 3], rows: [40, 20], kv: { puts: 1 }, mails: 1 },
    'a link used before': { status: 400, trips: 1, statements: 8, rows: [20, 0] },
    'a forged link': { status: 400 },
  },
  'GET /api/auth/end-sessions': {
    'its page': {},
  },
  'POST /api/auth/undo-deletion': {
    'the link': { trips: 1, statements: 4, rows: [20, 10] },
    'a link used before': { trips: 1, statements: 4, rows: [10, 0] },
    'a forged link': { status: 400 },
  },
  'GET /api/auth/undo-deletion': {
    'its page': {},
  },
  'POST /api/auth/end-session': {
    'the link': { trips: 1, statements: 6, rows: [15, 7], kv: { puts: 1 } },
    'a link used before': { trips: 1, statements: 6, rows: [8, 1], kv: { puts: 1 } },
    'a forged link': { status: 400 },
  },
  'GET /api/auth/end-session': {
    'its page': {},
  },
  'GET /api/admin/users': {
    'the newest 20': { trips: [2, 1], statements: [3, 2], rows: [32, 5] },
    '100, by e-mail': { trips: [2, 1], statements: [3, 2], rows: [112, 5] },
    '20 of a kind': { trips: [2, 1], statements: [3, 2], rows: [68, 5] },
    'a search': { trips: [2, 1], statements: [3, 2], rows: [846, 5] },
  },
  'POST /api/admin/users': {
    'a new address': { status: 201, trips: [2, 1], statements: [7, 3], rows: [80, 22], mails: 1 },
    'a known address': { status: 409, trips: 2, statements: 7, rows: [60, 0] },
    'an address that waits to be verified': {
      status: 201,
      trips: [3, 1],
      statements: [16, 3],
      rows: [160, 30],
      mails: 1,
    },
  },
  'GET /api/admin/users/{id}': {
    'a user': { trips: [2, 1], statements: [2, 1], rows: [6, 5] },
    nobody: { status: 404, trips: 2, statements: 2, rows: [2, 0] },
  },
  'PATCH /api/admin/users/{id}': {
    'another name': { trips: 2, statements: 13, rows: [130, 9] },
    'another address': { trips: [2, 2], statements: [13, 6], rows: [170, 30], kv: { puts: 2 }, mails: 2 },
    'vouched for': { trips: [2, 1], statements: [13, 3], rows: [170, 28], mails: 1 },
  },
  'PUT /api/admin/users/{id}': 'PATCH /api/admin/users/{id}',
  'DELETE /api/admin/users/{id}': {
    'a user': { trips: [2, 1], statements: [10, 3], rows: [66, 28], kv: { puts: 2 }, mails: 1 },
  },
  'PUT /api/admin/users/{id}/role': {
    'an admin from now on': { trips: 2, statements: 7, rows: [135, 10] },
  },
  'PUT /api/admin/users/{id}/status': {
    'disabled from now on': { trips: 2, statements: 7, rows: [165, 13], kv: { puts: 2 } },
  },
  'POST /api/admin/users/{id}/password-reset': {
    'a user': { trips: [2, 1], statements: [6, 3], rows: [160, 12], mails: 1 },
  },
  'GET /api/admin/users/{id}/sessions': {
    'a user': { trips: [2, 1], statements: [3, 1], rows: [11, 5] },
  },
  'DELETE /api/admin/users/{id}/sessions': {
    'a user': { trips: 2, statements: 7, rows: [190, 10], kv: { puts: 2 } },
  },
  'GET /api/admin/stats': {
    'asked by an admin': { trips: 2, statements: 3, rows: [76, 0] },
    'asked by another user': { status: 403, trips: 1, statements: 1, rows: [2, 0] },
  },
  'GET /api/admin/audit': {
    '100, the newest': { trips: [2, 1], statements: [2, 2], rows: [124, 5] },
    'from the middle': { trips: [2, 1], statements: [2, 2], rows: [124, 5] },
    'an event': { trips: [2, 1], statements: [2, 2], rows: [125, 5] },
    'a user': { trips: [2, 1], statements: [2, 2], rows: [24, 5] },
    'a user and an event': { trips: [2, 1], statements: [2, 2], rows: [25, 5] },
    'an actor': { trips: [2, 1], statements: [2, 2], rows: [44, 5] },
    'an actor and an event': { trips: [2, 1], statements: [2, 2], rows: [46, 5] },
    'a user by an actor': { trips: [2, 1], statements: [2, 2], rows: [28, 5] },
    'a month': { trips: [2, 1], statements: [2, 2], rows: [127, 5] },
  },
  'GET /': {
    'in a browser': {},
    'another client': {},
  },
  'GET /health': {
    anybody: {},
  },
  'GET /health/ready': {
    anybody: { trips: 1, statements: 1, rows: [0, 0] },
  },
  'GET /errors': {
    anybody: {},
  },
  'GET /.well-known/jwks.json': {
    anybody: {},
  },
  'GET /.well-known/change-password': {
    anybody: { status: 302 },
  },
  'GET /.well-known/oauth-authorization-server': {
    anybody: {},
  },
  'GET /.well-known/openid-configuration': {
    anybody: {},
  },
  'GET /openapi.json': {
    anybody: {},
  },
  'GET /docs': {
    anybody: {},
  },
  'GET /redoc': {
    anybody: {},
  },
} as const satisfies Record<string, Record<string, Budget> | string>
