import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { signedInAdmin } from '../support/app/administrators.ts'
import { startApp } from '../support/app/support.ts'

type Reply = { settings: Record<string, string>; advice: string[]; keys: Record<string, string[]> }

const read = async (vars: Record<string, string> = {}) => {
  const app = startApp({ vars })
  const { access_token: bearer } = await signedInAdmin(app)
  const response = await app.call('GET /api/admin/settings', { bearer })
  return { text: await response.clone().text(), reply: (await response.json()) as Reply }
}

describe('the settings that admins see', () => {
  it('are those in effect, with the advice of the doctor', async ({ expect }) => {
    const { reply } = await read({ MAIL_DAILY_QUOTA: '200', THROTTLE_FACTOR: '10', AUDIT_RETENTION_DAYS: '7' })

    expect(reply.settings).toMatchObject({ MAIL_DAILY_QUOTA: '200', AUDIT_RETENTION_DAYS: '7', BREACH_CHECK: 'off' })
    expect(reply.advice).toContain('THROTTLE_FACTOR=10: every limit is that much looser')
    expect(reply.advice.join()).toContain('AUDIT_RETENTION_DAYS=7')
  })

  it('name keys by their ids, and contain no secret (ASVS 13.3.1)', async ({ expect }) => {
    const { reply, text } = await read({ PROXY_KEY: 'a secret of the site in front of it' })

    expect(reply.keys).toEqual({ SIGNING_KEYS: ['first', 'second'], TOKEN_KEYS: ['a', 'b'], DATA_KEYS: ['d'] })
    const secrets = [env.TOKEN_KEYS, env.DATA_KEYS]
      .join(',')
      .split(',')
      .map((key) => key.split('.')[1]!)
    for (const secret of [...secrets, 'a secret of the site']) expect(text).not.toContain(secret)
    expect(text).not.toMatch(/"d":|"x":/)
  })
})
