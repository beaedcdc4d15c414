import { Hono } from 'hono'
import { version } from '../../package.json'
import type { SignedInEnv } from '../env.ts'

/** `/api/admin`: the settings in effect. */
export const advice = new Hono<SignedInEnv>().get('/settings', (c) => {
  const { settings, bindings, advice } = c.var.services
  return c.json({ version, ...settings.shown, bindings, advice: advice.read() })
})
