import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { limits } from '../../src/domain/limits.ts'
import { Misconfigured } from '../../src/misconfigured.ts'
import { readSettings } from '../../src/settings.ts'
import { attempt, right, statuses } from '../support/app/attempts.ts'
import { codeOf, member, someAddress, startApp } from '../support/app/support.ts'
import { logged } from './setup.ts'

const names = Object.keys(limits) as (keyof typeof limits)[]
const every = names.map((name) => ({ name, setting: limits[name].setting as string }))

describe('a limit', () => {
  it.for(every)('$setting is what the table says, unless it is set', ({ name, setting }, { expect }) => {
    const { limit, window } = limits[name]

    const usual = readSettings(env).limits
    const set = readSettings({ ...env, [setting]: '7/13m' }).limits

    expect(usual[name]).toEqual({ limit, window })
    expect(set).toEqual({ ...usual, [name]: { limit: 7, window: 13 * 60_000 } })
  })

  it.for([
    ['1/10s', 1, 10],
    ['100000/400d', 100_000, 34_560_000],
    ['30/5m', 30, 300],
    ['30/5h', 30, 18_000],
  ] as const)('may be written %s', ([text, limit, seconds], { expect }) => {
    const { logInNetwork } = readSettings({ ...env, LIMIT_LOGIN_NETWORK: text }).limits

    expect(logInNetwork).toEqual({ limit, window: seconds * 1000 })
  })

  const refused = [
    ...['', '30', '30/', '/5m', '30/5', '30/5w', '30/5M', '30 /5m', ' 30/5m', '30/5m\n', '30/5m/5m', '٣/5m'],
    ...['0/5m', '5/0m', '-1/5m', '030/5m', '3e1/5m', '3.5/5m', 'off', 'unlimited', 'Infinity/5m'],
    ...['100001/5m', '9999999/5m', '30/9s', '30/401d', '30/999999d'],
  ]
  it.for(refused)('is not “%s”', (text, { expect }) => {
    const read = () => readSettings({ ...env, LIMIT_LOGIN_NETWORK: text })

    expect(read).toThrow(Misconfigured)
    expect(read).toThrow(/^LIMIT_LOGIN_NETWORK: must look like 30\/5m: 1 to 100000 in 10s to 400d$/)
  })

  it('of consecutive failures is a hundred at most (N11)', ({ expect }) => {
    const read = (text: string) => readSettings({ ...env, LIMIT_LOGIN_CONSECUTIVE: text }).limits.logInConsecutive

    expect(read('100/400d').limit).toBe(100)
    expect(() => read('101/400d')).toThrow(/LIMIT_LOGIN_CONSECUTIVE/)
  })

  it('that cannot be read stops the service, and is named in the log', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_AVATAR: '0/1h', LIMIT_MAIL_HOUR: 'sentinel' } })

    const response = await app.call('POST /api/auth/forgot-password', { json: { email: someAddress() } })

    expect([response.status, await codeOf(response)]).toEqual([500, 'misconfigured'])
    const [line = ''] = logged()
    expect(line).toMatch(/LIMIT_MAIL_HOUR.*LIMIT_AVATAR/)
    expect(line).not.toContain('sentinel')
  })

  it('that is set holds, and THROTTLE_FACTOR multiplies it', async ({ expect }) => {
    const app = startApp({ vars: { LIMIT_LOGIN_ACCOUNT: '3/1m' } })
    const double = startApp({ vars: { LIMIT_LOGIN_ACCOUNT: '3/1m', THROTTLE_FACTOR: '2' } })
    const [one, other] = [await member(app), await member(app)]

    const answers = await statuses(4, () => attempt(app, one))
    const doubled = await statuses(7, () => attempt(double, other))
    app.wait({ seconds: 60 })

    expect(answers).toEqual([401, 401, 401, 429])
    expect(doubled).toEqual([...Array(6).fill(401), 429])
    expect((await attempt(app, one, right)).status).toBe(200)
  })
})
