import { describe, it } from 'vitest'
import { bodyOf } from '../support/app/administrators.ts'
import { askForMail } from '../support/app/mail-log-ins.ts'
import { mailsTo, newPassword, profile, refresh, someAddress, somePassword } from '../support/app/support.ts'
import { rows, someoneSignedIn } from '../support/faults/fault-world.ts'
import {
  accounts,
  acts,
  moveByMail,
  objections,
  startOpenApp,
  steal,
  type Theft,
  thiefs,
} from '../support/way-back/way-back-factors.ts'
import { accountOf, follow, linkTo, ownerOf, registers, resetBy, revert } from '../support/way-back/way-back-world.ts'

/** The proofs of each kind of account, which `accounts` gives for one user. */
const proofsOf: Record<string, string[]> = {
  'a password, an app and recovery codes': ['the password of before', 'a code of the app', 'a recovery code'],
  'a passkey alone': ['the passkey'],
  'a mailbox alone': [],
}
const names = Object.keys(acts)

type Case = { account: string; by: string; after: string[] }

/** Every act before every way back, and each pair of acts before one of them. */
const cases: Case[] = Object.entries(proofsOf).flatMap(([account, proofs]) =>
  [...proofs, 'the mailbox alone'].flatMap((by) =>
    [[], ...names.map((name) => [name])].map((after) => ({ account, by, after })),
  ),
)
const pairs: Case[] = names.flatMap((one, row) =>
  names.map((two, column) => {
    const { account, by } = cases[((row * names.length + column) * 11) % cases.length]!
    return { account, by, after: [one, two] }
  }),
)

const factorsOf = async ({ app, id }: Theft) =>
  (await rows(app, 'select id from totp where user_id = ?1 union select id from passkeys where user_id = ?1', id))
    .length

/** Takes the account back, at once if the proof still exists, else by the mailbox alone. @returns whether at once */
const takeBack = async (theft: Theft, by: string): Promise<boolean> => {
  const { app, link, proofs } = theft
  const proof = proofs[by]
  if (proof) {
    const reply = await follow(app, 'revert-email-change', link, await proof())
    if (reply.status === 200) return true
  }
  await bodyOf(await revert(app, link))
  for (const status of await objections(theft)) if (status !== 422) throw new Error(`an objection answered ${status}`)
  app.wait({ hours: 72 })
  await app.cron()
  return false
}

describe('an account whose address a thief changed is back', () => {
  it.for([...cases, ...pairs.filter((_, n) => n % 3 === 0)])(
    'with $account: by $by, after: $after',
    { timeout: 60_000 },
    async ({ account, by, after }, { expect }) => {
      const theft = await steal(account)
      const { app, id, a, session, link } = theft
      const owned = await factorsOf(theft)
      for (const name of after) await acts[name]!(theft)
      const removed = after.includes('removes the factors of the owner')

      const atOnce = await takeBack(theft, by)

      // New codes of the thief void those of the owner.
      const voided = after.includes('adds an app and codes') && by === 'a recovery code'
      const gone = (removed && by !== 'the password of before') || voided
      expect(atOnce).toBe(by !== 'the mailbox alone' && !gone)
      expect(await ownerOf(app, a)).toMatchObject({ id, status: 'active' })
      expect(await accountOf(app, id)).toMatchObject({ password: null, erases_at: null, frozen_until: null })
      expect((await profile(app, session.access_token)).status).toBe(401)
      expect((await refresh(app, session.refresh_token)).status).toBe(401)
      // The factors of the owner stay, and nothing of the thief's does.
      expect(await factorsOf(theft)).toBe(removed ? 0 : owned)
      expect(await rows(app, 'select 1 from trusted_devices where user_id = ?', id)).toEqual([])
      for (const given of [
        {},
        { password: thiefs },
        ...(await Promise.all(Object.values(theft.proofs).map((of) => of()))),
      ])
        expect((await follow(app, 'revert-email-change', link, given)).status).toBe(400)
      expect(await resetBy(app, theft.at, thiefs)).toBe(false)
      const chosen = linkTo(app, a, 'reset-password')
      expect((await follow(app, 'reset-password', chosen, { new_password: newPassword })).status).toBe(200)
      if (!removed) expect((await theft.logIn(a, newPassword))?.user.id).toBe(id)
      app.wait({ hours: 24 * 8 })
      await app.cron()
      expect(await accountOf(app, id)).toMatchObject({ email: a, status: 'active' })
    },
  )
})

/** The owner moved from A to B, and somebody else reads the mailbox of A. */
describe('an owner who moved the account keeps it against whoever reads the old mailbox', () => {
  const attacks = ['freezes', 'asks for a password', 'asks for a log-in', 'registers the old address']
  const owners = Object.entries(proofsOf).flatMap(([account, proofs]) =>
    proofs.flatMap((by) => attacks.map((attack) => ({ account, by, attack }))),
  )

  const moved = async (account: string) => {
    const app = startOpenApp()
    const session = await someoneSignedIn(app)
    const [id, a, b] = [session.user.id, session.email, someAddress('b')]
    const { proofs, logIn } = await accounts[account]!(app, id)
    await moveByMail(app, session, a, b)
    const link = linkTo(app, a, 'revert-email-change')
    const act = async (attack: string) => {
      if (attack === 'asks for a password') await resetBy(app, a, thiefs)
      if (attack === 'asks for a log-in') await askForMail(app, a)
      if (attack === 'registers the old address') await registers(app, a)
      await bodyOf(await revert(app, link))
    }
    return { app, id, a, b, proofs, logIn, link, act }
  }

  it.for(owners)('with $account: $by, against one who $attack', async ({ account, by, attack }, { expect }) => {
    const { app, id, a, b, proofs, logIn, link, act } = await moved(account)
    await act(attack)
    app.wait({ hours: 71 })
    await app.cron()
    expect(await ownerOf(app, b)).toMatchObject({ id, status: 'disabled' })

    await bodyOf(await follow(app, 'end-freeze', linkTo(app, b, 'end-freeze'), await proofs[by]!()))

    expect((await revert(app, link)).status).toBe(400)
    app.wait({ hours: 24 * 8 })
    await app.cron()
    expect(await accountOf(app, id)).toMatchObject({ email: b, status: 'active' })
    expect(await ownerOf(app, a)).toBeUndefined()
    expect((await logIn(b, somePassword))?.user.id).toBe(id)
  })

  it('for 72 hours, if nothing but the mailbox proves the owner', async ({ expect }) => {
    const { app, id, a, b, act } = await moved('a mailbox alone')
    await act('freezes')
    const end = linkTo(app, b, 'end-freeze')
    expect((await follow(app, 'end-freeze', end, { password: thiefs })).status).toBe(422)
    expect((await follow(app, 'end-freeze', end)).status).toBe(422)
    app.wait({ hours: 72, seconds: -1 })
    await app.cron()
    expect(await ownerOf(app, a)).toBeUndefined()
    app.wait({ seconds: 1 })
    await app.cron()

    expect((await ownerOf(app, a))?.id).toBe(id)
    expect(mailsTo(app, b).at(-1)?.subject).toContain('no longer has your address')
  })
})
