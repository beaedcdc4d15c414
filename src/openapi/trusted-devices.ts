import { TrustedDeviceParam } from '../routes/user-schemas.ts'
import { trustedDevice } from './examples.ts'
import { TrustedDevicesReply } from './factor-reply-schemas.ts'
import { type Group, json } from './operation.ts'
import { done } from './replies.ts'

export const trustedDevices: Group = {
  tag: 'Second factors',
  operations: {
    'GET /api/user/trusted-devices': {
      id: 'listTrustedDevices',
      summary: 'List the trusted devices',
      description:
        'The devices on which a log-in by password needs no second factor, the newest first. None while `TRUSTED_DEVICE_DAYS` is 0.',
      access: 'user',
      replies: {
        200: {
          says: 'The devices.',
          content: json(TrustedDevicesReply, { one: { trusted_devices: [trustedDevice] } }),
        },
      },
    },
    'DELETE /api/user/trusted-devices': {
      id: 'forgetTrustedDevices',
      summary: 'Forget all trusted devices',
      description:
        'The next log-in on each of them asks for the second factor. Sessions continue. All are forgotten as well when the password or a factor changes, when new recovery codes are made, when the user ends all other sessions, and when the account is disabled.',
      access: 'user',
      replies: { 200: done('Forgotten.', 'The next log-in on each device asks for the second factor.') },
      refusals: ['rate_limited'],
    },
    'DELETE /api/user/trusted-devices/{id}': {
      id: 'forgetTrustedDevice',
      summary: 'Forget a trusted device',
      description: 'The next log-in on it asks for the second factor. Its sessions continue.',
      access: 'user',
      path: TrustedDeviceParam,
      replies: { 200: done('Forgotten.', 'The next log-in on that device asks for the second factor.') },
      refusals: ['not_found', 'rate_limited'],
    },
  },
}
