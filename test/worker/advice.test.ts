import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { secretNames } from '../../src/secret-settings.ts'
import { readSettings, settingNames } from '../../src/settings.ts'
import { signedInAdmin } from '../support/app/administrators.ts'
import { startApp } from '../support/app/support.ts'

const [page] = Object.values(
  import.meta.glob('../../docs/reference/settings.md', { query: '?raw', import: 'default', eager: true }),
) as [string]

type Reply = {
  settings: Record<string, string>
  advice: string[]
  keys: Record<string, string[]>
  secrets: Record<string, boolean>
  bindings: Record<string, boolean>
}

const read = async (vars: Record<string, string> = {}, bindings: object = {}) => {
  const app = startApp({ vars, bindings })
  const { access_token: bearer } = await signedInAdmin(app)
  const response = await app.call('GET /api/admin/settings', { bearer })
  return { text: await response.clone().text(), reply: (await response.json()) as Reply }
}

const backupKey = `backups.${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(33))))
  .replaceAll('+', '-')
  .replaceAll('/', '_')}`

/** Every secret, and the part of it that must be nowhere in a reply. */
const every: Record<(typeof secretNames)[number], [value: string, hidden: string[]]> = {
  ALERT_WEBHOOK: ['https://hooks.example.com/T01/a-part-that-opens-it', ['hooks.example.com', 'a-part-that-opens-it']],
  BACKUP_KEYS: [backupKey, [backupKey.split('.')[1]!]],
  CLOUDINARY_URL: [
    'cloudinary://123456789:abcdefghijklmnopqrst@some-cloud',
    ['123456789', 'abcdefghijkl', 'some-cloud'],
  ],
  DATA_KEYS: [env.DATA_KEYS, env.DATA_KEYS.split(',').map((key) => key.split('.')[1]!)],
  MIGRATION_SECRET: ['a secret of the old system, long enough', ['a secret of the old system']],
  PROXY_KEY: ['a secret of the site in front of it', ['a secret of the site']],
  SIGNING_KEYS: [
    env.SIGNING_KEYS,
    ['"d":', '"x":', ...[...env.SIGNING_KEYS.matchAll(/"[dxy]":"([^"]+)"/g)].map(([, part]) => part!)],
  ],
  TOKEN_KEYS: [env.TOKEN_KEYS, env.TOKEN_KEYS.split(',').map((key) => key.split('.')[1]!)],
}

const allSecrets = Object.fromEntries(Object.entries(every).map(([name, [value]]) => [name, value]))

/** A value for each setting that is not its default, or by default none. */
const other: Record<string, string> = {
  FRONTEND_URL: 'http://localhost:3000/site',
  CORS_ORIGINS: 'https://a.example.com https://*.b.example.com',
  REGISTRATION_DOMAINS: 'example.com xn--bcher-kva.example',
  MAIL_DAILY_QUOTA: '200',
  TOKEN_METADATA: 'on',
  PASSWORD_SCRYPT: 'ln=2,r=8,p=1',
  TOKENS_NOT_BEFORE: '2026-01-31T12:00:00.000Z',
  THROTTLE_FACTOR: '0.5',
  LIMIT_LOGIN_NETWORK: '7/90s',
  LIMIT_LOGIN_ACCOUNT: '9/2d',
  MIGRATION_HOOK: 'https://old.example.com/check',
  ALERT_MAIL: 'ops@example.com',
  BRAND_COLOR: '#0f6b63',
  RESET_PASSWORD_URL: 'https://www.example.com/reset#{token}',
}

describe('the settings that admins see', () => {
  it('are those in effect, with the advice of the doctor', async ({ expect }) => {
    const { reply } = await read({ ...allSecrets, ...other, AUDIT_RETENTION_DAYS: '7', THROTTLE_FACTOR: '10' })

    expect(reply.settings).toMatchObject({ ...other, THROTTLE_FACTOR: '10', BREACH_CHECK: 'off' })
    expect(reply.advice).toContain('THROTTLE_FACTOR=10: every limit is that much looser')
    expect(reply.advice.join()).toContain('AUDIT_RETENTION_DAYS=7')
  })

  it('are all that exist, in the form in which they are set', async ({ expect }) => {
    const { reply } = await read({ ...allSecrets, ...other })
    const plain = settingNames.filter((name) => !(secretNames as readonly string[]).includes(name))

    expect(Object.keys(reply.settings).sort()).toEqual([...plain].sort())
    const set = Object.entries(reply.settings).filter(([, value]) => value !== '')
    const again = readSettings({ ...Object.fromEntries(set), ...allSecrets }).shown.settings
    expect(again).toEqual(reply.settings)
  })

  it('have the value of the setting that replaces or switches off another one', async ({ expect }) => {
    const { reply } = await read({ TOKEN_TRANSPORT: 'body', PASSKEYS: 'off', PASSKEY_RP_ID: 'localhost' })

    expect(reply.settings).toMatchObject({
      ...{ FRONTEND_URL: 'http://localhost:8787', TOKEN_AUDIENCE: 'http://localhost:8787', PASSKEY_RP_ID: '' },
      ...{ PAGES: 'off', CONSOLE: 'off', MAIL_DAILY_QUOTA: '', TOKENS_NOT_BEFORE: '' },
      RESET_PASSWORD_URL: 'http://localhost:8787/auth/reset-password#token={token}',
    })
  })

  it('name keys by their ids, and contain no secret (ASVS 13.3.1)', async ({ expect }) => {
    const { reply, text } = await read({ ...allSecrets, MIGRATION_HOOK: 'https://old.example.com/check' })

    expect(reply.keys).toEqual({
      ...{ SIGNING_KEYS: ['first', 'second'], TOKEN_KEYS: ['a', 'b'], DATA_KEYS: ['d'], BACKUP_KEYS: ['backups'] },
    })
    expect(Object.keys(reply.secrets).sort()).toEqual(Object.keys(every).sort())
    expect(Object.values(reply.secrets)).not.toContain(false)
    for (const [, hidden] of Object.values(every)) for (const part of hidden) expect(text).not.toContain(part)
  })

  it('say which secrets and bindings are missing', async ({ expect }) => {
    const { reply } = await read({}, { DATA_KEYS: undefined, BACKUPS: env.AVATARS })

    expect(reply.secrets).toMatchObject({ SIGNING_KEYS: true, DATA_KEYS: false, PROXY_KEY: false })
    expect(reply.keys).toMatchObject({ DATA_KEYS: [], BACKUP_KEYS: [] })
    expect(reply.bindings).toMatchObject({ DB: true, EMAIL: true, BACKUPS: true, AUDIT_ARCHIVE: false })
    const [, table = ''] = page.split('## Bindings\n')
    const documented = [...table.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name)
    expect(Object.keys(reply.bindings)).toEqual(expect.arrayContaining(documented))
    expect(documented).toHaveLength(Object.keys(reply.bindings).length)
  })
})
