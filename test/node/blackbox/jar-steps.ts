import type { someone } from './visitor.ts'

/**
 * A request of a client with a cookie jar, and its expected result. A value `$refresh_token` stands for the token in
 * the last reply that had one.
 */
export type Step = {
  what: string
  route: string
  json?: Record<string, string>
  form?: Record<string, string>
  headers?: Record<string, string>
  /** The status, and the `code` of a refusal if it matters. */
  answer: string
}

type Credentials = ReturnType<typeof someone>

const profile = 'GET /api/user/profile'
const refresh = 'POST /api/auth/refresh'
const logOut = 'POST /api/auth/logout'

/**
 * The steps of a client that knows nothing of transports, origins and cookies, while its jar keeps and sends them all.
 */
const ordinary = ({ email, password }: Credentials, newcomer: Credentials): Step[] => [
  { what: 'logs in', route: 'POST /api/auth/login', json: { email, password }, answer: '200' },
  { what: 'is known by the cookie', route: profile, answer: '200' },
  {
    what: 'refreshes, the token in the body',
    route: refresh,
    json: { refresh_token: '$refresh_token' },
    answer: '200',
  },
  { what: 'refreshes by the cookie', route: refresh, answer: '200' },
  { what: 'logs in again', route: 'POST /auth/login', json: { email, password }, answer: '200' },
  { what: 'logs in by a form', route: 'POST /login', form: { username: email, password }, answer: '200' },
  {
    what: 'refreshes by a form of OAuth',
    route: 'POST /auth/refresh',
    form: { grant_type: 'refresh_token', refresh_token: '$refresh_token' },
    answer: '200',
  },
  { what: 'asks for a new password', route: 'POST /api/auth/forgot-password', json: { email }, answer: '200' },
  { what: 'registers somebody', route: 'POST /api/auth/register', json: newcomer, answer: '201' },
  { what: 'changes the name', route: 'PATCH /api/user/profile', json: { name: 'Ada' }, answer: '200' },
]

const signs: Record<string, string>[] = [
  { Origin: 'https://evil.example' },
  { Origin: 'null' },
  { 'Sec-Fetch-Site': 'cross-site' },
]

/** The same jar, with headers of a browser which say that a page of another site sends the request. */
const foreign = ({ email, password }: Credentials, newcomer: Credentials): Step[] => {
  const requests: Omit<Step, 'answer'>[] = [
    { what: 'refresh', route: refresh },
    { what: 'log-in', route: 'POST /api/auth/login', json: { email, password } },
    { what: 'form log-in', route: 'POST /login', form: { username: email, password } },
    { what: 'new password', route: 'POST /api/auth/forgot-password', json: { email } },
    { what: 'registration', route: 'POST /api/auth/register', json: newcomer },
    { what: 'deletion', route: 'DELETE /api/user/account', json: { password } },
    { what: 'log-out', route: logOut },
  ]
  return signs.flatMap((headers) =>
    requests.map((step) => {
      const what = `is refused with ${Object.entries(headers).join()}: ${step.what}`
      return { ...step, what, headers, answer: '403 cross_site' }
    }),
  )
}

const end = ({ email, password }: Credentials): Step[] => [
  { what: 'is known after all that', route: profile, answer: '200' },
  { what: 'refreshes after all that', route: refresh, answer: '200' },
  { what: 'logs out, the token in the body', route: logOut, json: { refresh_token: '$refresh_token' }, answer: '200' },
  // curl 7.88 keeps the first of two cookies that one reply removes, and so sends a token that has ended.
  { what: 'is known no more', route: profile, answer: '401' },
  { what: 'logs in once more', route: 'POST /api/auth/login', json: { email, password }, answer: '200' },
  { what: 'logs out by the cookie', route: logOut, answer: '200' },
  { what: 'has nothing to refresh', route: refresh, answer: '401 invalid_token' },
]

/** One table for every client. */
export const steps = (who: Credentials, newcomer: Credentials): Step[] => [
  ...ordinary(who, newcomer),
  ...foreign(who, newcomer),
  ...end(who),
]
