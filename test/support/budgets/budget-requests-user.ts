import { formWith } from '../app/avatar-support.ts'
import { twoColours } from '../app/pictures.ts'
import type { World } from '../app/population.ts'
import { somePassword } from '../app/support.ts'
import { forged, newPassword, type Requests } from './budget-support.ts'

const signedIn = async ({ logIn }: World) => ({ bearer: (await logIn()).access_token })

const pictured = async (world: World) => {
  const { bearer } = await signedIn(world)
  const response = await world.app.call('POST /api/user/upload-avatar', { bearer, body: formWith(twoColours()) })
  const { avatar_url } = (await response.json()) as { avatar_url: string }
  return { bearer, path: new URL(avatar_url).pathname }
}

export const userRequests = {
  'GET /api/user/profile': {
    'signed in': signedIn,
    'an ended session': async (world) => {
      const { bearer } = await signedIn(world)
      await world.app.call('POST /api/auth/logout', { bearer })
      return { bearer }
    },
    'a forged token': async (world) => ({ bearer: forged((await signedIn(world)).bearer) }),
    nobody: () => ({}),
  },
  'PATCH /api/user/profile': {
    'another name': async (world) => ({ ...(await signedIn(world)), json: { name: 'Somebody Else' } }),
    'another address': async (world) => ({ ...(await signedIn(world)), json: { email: world.stranger() } }),
    'another address, with a proof': async ({ logIn, stranger }) => {
      const { access_token: bearer, proof } = await logIn()
      return { bearer, json: { email: stranger() }, headers: { 'Gatehouse-Proof': proof } }
    },
    'another address, with the password': async (world) => ({
      ...(await signedIn(world)),
      json: { email: world.stranger(), current_password: somePassword },
    }),
    'the address one has': async ({ logIn }) => {
      const { email, access_token: bearer } = await logIn()
      return { bearer, json: { email } }
    },
  },
  'POST /api/user/change-password': {
    'right, with another session': async ({ logIn }) => {
      const { email, access_token: bearer } = await logIn()
      await logIn(email)
      return { bearer, json: { current_password: somePassword, new_password: newPassword } }
    },
    wrong: async (world) => ({
      ...(await signedIn(world)),
      json: { current_password: 'a wrong passphrase', new_password: newPassword },
    }),
  },
  'DELETE /api/user/account': {
    'just logged in': signedIn,
    'with the password': async (world) => ({
      ...(await signedIn(world)),
      json: { current_password: somePassword },
    }),
    'with a proof': async ({ logIn }) => {
      const { access_token: bearer, proof } = await logIn()
      return { bearer, headers: { 'Gatehouse-Proof': proof } }
    },
    'with a picture': async (world) => ({
      bearer: (await pictured(world)).bearer,
      json: { current_password: somePassword },
    }),
  },
  'GET /api/user/sessions': { 'signed in': signedIn },
  'DELETE /api/user/sessions': {
    'one other': async ({ logIn }) => {
      const { email, access_token: bearer } = await logIn()
      await logIn(email)
      return { bearer }
    },
  },
  'DELETE /api/user/sessions/{id}': {
    'another one': async ({ app, logIn }) => {
      const { email, access_token: bearer } = await logIn()
      await logIn(email)
      const list = await app.call('GET /api/user/sessions', { bearer })
      const { sessions } = (await list.json()) as { sessions: { id: string; current: boolean }[] }
      return { bearer, path: `/api/user/sessions/${sessions.find(({ current }) => !current)!.id}` }
    },
    'one of nobody': async (world) => ({
      ...(await signedIn(world)),
      path: `/api/user/sessions/${'A'.repeat(22)}`,
    }),
  },
  'GET /api/user/export': { 'signed in': signedIn },
  'POST /api/user/upload-avatar': {
    'a picture': async (world) => ({ ...(await signedIn(world)), body: formWith(twoColours()) }),
    'in place of another': async (world) => ({
      bearer: (await pictured(world)).bearer,
      body: formWith(twoColours()),
    }),
  },
  'DELETE /api/user/avatar': {
    'a picture': async (world) => ({ bearer: (await pictured(world)).bearer }),
  },
  'GET /avatars/{key}': {
    'a picture': async (world) => ({ path: (await pictured(world)).path }),
    none: () => ({ path: `/avatars/${'A'.repeat(22)}` }),
  },
} satisfies Partial<Requests>
