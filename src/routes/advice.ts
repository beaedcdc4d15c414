import { Hono } from 'hono'
import { version } from '../../package.json'
import type { SignedInEnv } from '../env.ts'

const onOff = (is: boolean) => (is ? 'on' : 'off')

/** `/api/admin`: the settings in effect. They are named one by one, so that no secret is ever among them. */
export const advice = new Hono<SignedInEnv>().get('/settings', (c) => {
  const { settings: s } = c.var.services
  const ids = (keys: { id: string }[] = []) => keys.map(({ id }) => id)
  return c.json({
    version,
    settings: {
      APP_NAME: s.appName,
      APP_URL: s.appUrl,
      FRONTEND_URL: s.frontendUrl,
      MAIL_FROM: s.mailFrom.email,
      MAIL_DAILY_QUOTA: `${s.mailDailyQuota ?? ''}`,
      REGISTRATION: s.registration,
      REGISTRATION_DOMAINS: [...s.registrationDomains].join(' '),
      EMAIL_VERIFICATION: s.verificationRequired ? 'required' : 'optional',
      PASSWORD_MIN_LENGTH: `${s.passwordMinLength}`,
      BREACH_CHECK: onOff(s.breachCheck),
      PASSKEY_RP_ID: s.passkeys?.rpId ?? '',
      TOKEN_TRANSPORT: s.tokenTransport,
      ACCESS_TOKEN_EXPIRE_MINUTES: `${s.accessTokenSeconds / 60}`,
      REFRESH_TOKEN_EXPIRE_DAYS: `${s.refreshTokenSeconds / 86_400}`,
      SESSION_MAX_DAYS: `${s.sessionSeconds / 86_400}`,
      AUDIT_RETENTION_DAYS: `${s.auditRetentionDays}`,
      DOCS: onOff(s.docs),
    },
    advice: c.var.services.advice.read(),
    keys: {
      SIGNING_KEYS: s.signingKeys.map(({ kid }) => kid),
      TOKEN_KEYS: ids(s.tokenKeys),
      DATA_KEYS: ids(s.dataKeys),
    },
  })
})
