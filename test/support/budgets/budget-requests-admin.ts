import type { World } from '../app/population.ts'
import { registered } from './budget-requests-auth.ts'
import type { Request, Requests } from './budget-support.ts'

const asAdmin = ({ admin }: World) => ({ bearer: admin.access_token })

/** Asks for this path below /api/admin; `ID` is somebody who has just logged in. */
const of =
  (path: string, json?: unknown): Request =>
  async (world) => {
    const id = path.includes('ID') ? (await world.logIn()).user.id : ''
    return { ...asAdmin(world), json, path: `/api/admin/${path.replace('ID', id)}` }
  }

/** Asks for the audit; `ID` is somebody who has just logged in, `ADMIN` who asks. */
const audit =
  (query: string): Request =>
  (world) =>
    of(`audit?per_page=100${query.replace('ADMIN', world.admin.user.id)}`)(world)

export const adminRequests = {
  'GET /api/admin/users': {
    'the newest 20': of('users'),
    '100, by e-mail': of('users?sort=email&per_page=100'),
    '20 of a kind': of('users?role=admin&status=active&email_verified=true'),
    'a search': of('users?search=person'),
  },
  'POST /api/admin/users': {
    'a new address': (world) => ({ ...asAdmin(world), json: { email: world.stranger() } }),
    'an address that waits to be verified': async (world) => ({
      ...asAdmin(world),
      json: { email: await registered(world) },
    }),
    'a known address': (world) => ({ ...asAdmin(world), json: { email: world.email() } }),
  },
  'GET /api/admin/users/{id}': {
    'a user': of('users/ID'),
    nobody: of('users/00000000-0000-7000-8000-000000000000'),
  },
  'PATCH /api/admin/users/{id}': {
    'another name': of('users/ID', { name: 'Somebody Else' }),
    'vouched for': async (world) => {
      const email = await registered(world)
      const { results } = await world.app.db.prepare('select id from users where email = ?').bind(email).all()
      const [{ id } = {}] = results
      return { ...asAdmin(world), path: `/api/admin/users/${id}`, json: { email_verified: true } }
    },
    'another address': (world) => of('users/ID', { email: world.stranger() })(world),
  },
  'DELETE /api/admin/users/{id}': { 'a user': of('users/ID') },
  'PUT /api/admin/users/{id}/role': { 'an admin from now on': of('users/ID/role', { role: 'admin' }) },
  'PUT /api/admin/users/{id}/status': { 'disabled from now on': of('users/ID/status', { status: 'disabled' }) },
  'POST /api/admin/users/{id}/password-reset': { 'a user': of('users/ID/password-reset') },
  'GET /api/admin/users/{id}/sessions': { 'a user': of('users/ID/sessions') },
  'DELETE /api/admin/users/{id}/sessions': { 'a user': of('users/ID/sessions') },
  'GET /api/admin/stats': {
    'asked by an admin': of('stats'),
    'asked by another user': async (world) => ({ bearer: (await world.logIn()).access_token }),
  },
  'GET /api/admin/audit': {
    '100, the newest': audit(''),
    'from the middle': (world) => audit(`&cursor=${world.middle.id}`)(world),
    'an event': audit('&event=logged_in'),
    'a user': audit('&user=ID'),
    'a user and an event': audit('&user=ID&event=logged_in'),
    'an actor': audit('&actor=ADMIN'),
    'an actor and an event': audit('&actor=ADMIN&event=user_read'),
    'a user by an actor': audit('&user=ID&actor=ADMIN'),
    'a month': (world) => {
      const at = Number.parseInt(world.middle.id.replace('-', '').slice(0, 12), 16)
      const [from, to] = [at, at + 30 * 86_400_000].map((time) => new Date(time).toISOString())
      return audit(`&from=${from}&to=${to}`)(world)
    },
  },
} satisfies Partial<Requests>
