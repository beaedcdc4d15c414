import { Hono } from 'hono'
import type { SignedInEnv } from '../env.ts'
import { message, trustedDeviceEntry } from './replies.ts'
import { TrustedDeviceParam } from './user-schemas.ts'
import { valid } from './validate.ts'

/** `/api/user`: the devices on which log-ins need no second factor. */
export const trustedDevices = new Hono<SignedInEnv>()
  .get('/trusted-devices', async (c) => {
    const devices = await c.var.services.trustedDevices.list(c.var.principal)
    return c.json({ trusted_devices: devices.map(trustedDeviceEntry) })
  })
  .delete('/trusted-devices', async (c) => {
    await c.var.services.trustedDevices.forget(c.var.principal, undefined, c.var.visitor)
    return message(c, 'The next log-in on each device asks for the second factor.')
  })
  .delete('/trusted-devices/:id', valid('param', TrustedDeviceParam), async (c) => {
    await c.var.services.trustedDevices.forget(c.var.principal, c.req.valid('param').id, c.var.visitor)
    return message(c, 'The next log-in on that device asks for the second factor.')
  })
