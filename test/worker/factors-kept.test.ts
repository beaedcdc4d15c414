import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { newRecoveryCodes } from '../../src/domain/recovery-codes.ts'
import { createDatabase } from '../../src/storage/database.ts'
import { recoveryCodes, totp } from '../../src/storage/schema.ts'
import { signedInUser, startApp } from '../support/app/support.ts'

const db = createDatabase(env.DB)
const sql = (text: string, ...values: unknown[]) => env.DB.prepare(text).bind(...values)
const createdAt = new Date()

const userWithoutFactors = async () => {
  const { user } = await signedInUser(startApp())
  return user.id
}
const factorsOf = (userId: string) => sql('select factors from users where id = ?', userId).first<number>('factors')
const counted = async () =>
  (await sql("select count from daily where metric = 'totp_users' and day = 'now'").first<number>('count')) ?? 0
const addTotp = (userId: string, id: string) =>
  db.insert(totp).values({ id, userId, secret: 'x', lastStep: 0, createdAt })
const addCodes = (userId: string, used = 0) => {
  const { setId, hashes } = newRecoveryCodes()
  return db.insert(recoveryCodes).values({ userId, setId, hashes, used, createdAt })
}

describe('triggers keep users.factors', () => {
  it('of authenticator apps, whose users are counted once', async ({ expect }) => {
    const userId = await userWithoutFactors()
    const before = await counted()
    const seen: (number | null)[][] = []
    const look = async () => seen.push([await factorsOf(userId), (await counted()) - before])

    await look()
    await addTotp(userId, `${userId} 1`)
    await look()
    await addTotp(userId, `${userId} 2`)
    await look()
    await sql('delete from totp where id = ?', `${userId} 1`).run()
    await look()
    await sql('delete from totp where user_id = ?', userId).run()
    await look()

    expect(seen).toEqual([
      [0, 0],
      [1, 1],
      [1, 1],
      [1, 1],
      [0, 0],
    ])
  })

  it('of recovery codes: the bit is set while one is left', async ({ expect }) => {
    const userId = await userWithoutFactors()
    await addTotp(userId, `${userId} 1`)
    await addCodes(userId)
    const all = await factorsOf(userId)
    await sql('update recovery_codes set used = 1022 where user_id = ?', userId).run()
    const one = await factorsOf(userId)
    await sql('update recovery_codes set used = 1023 where user_id = ?', userId).run()
    const none = await factorsOf(userId)
    await sql("update recovery_codes set used = 0, set_id = 'x' where user_id = ?", userId).run()
    const anew = await factorsOf(userId)
    await sql('delete from recovery_codes where user_id = ?', userId).run()

    expect([all, one, none, anew, await factorsOf(userId)]).toEqual([9, 9, 1, 9, 1])
  })

  it('when a restore puts rows back, used up or not', async ({ expect }) => {
    const [fresh, spent] = [await userWithoutFactors(), await userWithoutFactors()]
    await addCodes(fresh)
    await addCodes(spent, 1023)

    expect([await factorsOf(fresh), await factorsOf(spent)]).toEqual([8, 0])
  })

  it('and count a deleted user no more', async ({ expect }) => {
    const userId = await userWithoutFactors()
    const before = await counted()
    await addTotp(userId, `${userId} 1`)
    await addTotp(userId, `${userId} 2`)
    await addCodes(userId)

    await sql('delete from users where id = ?', userId).run()

    const left = await sql(
      'select (select count(*) from totp where user_id = ?1) + (select count(*) from recovery_codes where user_id = ?1) as n',
      userId,
    ).first('n')
    expect([left, (await counted()) - before]).toEqual([0, 0])
  })
})
