import type { World } from '../app/population.ts'
import { somePassword } from '../app/support.ts'
import { linkTo } from '../way-back/way-back-world.ts'
import { forgedLink, newPassword, type Requests } from './budget-support.ts'

/** A wish for another address, with the password or by a recent token alone. */
const wishing = async ({ app, logIn, stranger }: World, json: object = {}) => {
  const { email: a, access_token: bearer } = await logIn()
  const b = stranger()
  await app.call('PATCH /api/user/profile', { bearer, json: { email: b, ...json } })
  return { a, b, bearer, confirm: linkTo(app, b, 'confirm-email') }
}

const moved = async (world: World) => {
  const wish = await wishing(world, { current_password: somePassword })
  const json = { token: wish.confirm }
  await world.app.call('POST /api/auth/confirm-email', { bearer: wish.bearer, json })
  return { ...wish, token: linkTo(world.app, wish.a, 'revert-email-change') }
}

const frozen = async (world: World) => {
  const { b, token } = await moved(world)
  await world.app.call('POST /api/auth/revert-email-change', { json: { token } })
  return { token: linkTo(world.app, b, 'end-freeze') }
}

const leaving = async ({ app, logIn }: World) => {
  const { email, access_token: bearer } = await logIn()
  await app.call('DELETE /api/user/account', { bearer })
  return { json: { token: linkTo(app, email, 'undo-deletion') } }
}

const changed = async ({ app, logIn }: World) => {
  const { email, access_token: bearer } = await logIn()
  const json = { current_password: somePassword, new_password: newPassword }
  await app.call('POST /api/user/change-password', { bearer, json })
  return { json: { token: linkTo(app, email, 'end-sessions') } }
}

const wrong = 'a wrong passphrase'

export const wayBackRequests = {
  'POST /api/auth/approve-email-change': {
    'the link': async (world) => {
      const { a } = await wishing(world)
      return { json: { token: linkTo(world.app, a, 'approve-email-change') } }
    },
    'the link, of a change that is confirmed': async (world) => {
      const { a, bearer, confirm } = await wishing(world)
      await world.app.call('POST /api/auth/confirm-email', { bearer, json: { token: confirm } })
      return { json: { token: linkTo(world.app, a, 'approve-email-change') } }
    },
    'a forged link': () => forgedLink,
  },
  'POST /api/auth/revert-email-change': {
    'the link': async (world) => ({ json: { token: (await moved(world)).token } }),
    'with the password': async (world) => ({ json: { token: (await moved(world)).token, password: somePassword } }),
    'with a wrong password': async (world) => ({ json: { token: (await moved(world)).token, password: wrong } }),
    'a link used before': async (world) => {
      const { token } = await moved(world)
      const json = { token, password: somePassword }
      await world.app.call('POST /api/auth/revert-email-change', { json })
      return { json: { token } }
    },
    'a forged link': () => forgedLink,
  },
  'POST /api/auth/end-freeze': {
    'with the password': async (world) => ({ json: { ...(await frozen(world)), password: somePassword } }),
    'with a wrong password': async (world) => ({ json: { ...(await frozen(world)), password: wrong } }),
    'a forged link': () => ({ json: { ...forgedLink.json, password: somePassword } }),
  },
  'POST /api/auth/end-sessions': {
    'the link': changed,
    'a link used before': async (world) => {
      const sent = await changed(world)
      await world.app.call('POST /api/auth/end-sessions', sent)
      return sent
    },
    'a forged link': () => forgedLink,
  },
  'POST /api/auth/undo-deletion': {
    'the link': leaving,
    'a link used before': async (world) => {
      const sent = await leaving(world)
      await world.app.call('POST /api/auth/undo-deletion', sent)
      return sent
    },
    'a forged link': () => forgedLink,
  },
} satisfies Partial<Requests>
