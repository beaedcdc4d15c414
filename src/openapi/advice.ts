import { SettingsReply } from './admin-reply-schemas.ts'
import { type Group, json } from './operation.ts'

export const advice: Group = {
  tag: 'Administration',
  operations: {
    'GET /api/admin/settings': {
      id: 'getSettings',
      summary: 'Read the settings in effect',
      description:
        'Returns the values that the service works with, the ids of its keys, which secrets and bindings there are, and what `npm run doctor` would say about weak values. Secrets are never returned.',
      access: 'admin',
      replies: {
        200: {
          says: 'The settings.',
          content: json(SettingsReply, {
            settings: {
              version: '0.1.0',
              settings: { APP_URL: 'https://auth.example.com', REGISTRATION: 'open', BREACH_CHECK: 'off' },
              advice: ['BREACH_CHECK=off: passwords from known breaches are accepted (ASVS 5.0 6.2.12): set it to on'],
              keys: { SIGNING_KEYS: ['261121-5f3a9c0d'], TOKEN_KEYS: ['261121-0d1e2f3a'], DATA_KEYS: [] },
              secrets: { SIGNING_KEYS: true, TOKEN_KEYS: true, DATA_KEYS: false, PROXY_KEY: false },
              bindings: { DB: true, AVATARS: true, EMAIL: true, BACKUPS: false },
            },
          }),
        },
      },
    },
  },
}
