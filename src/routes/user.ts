import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { accountDeletion } from './account-deletion.ts'
import { isUnsafe } from './csrf.ts'
import { dataExport } from './data-export.ts'
import { factors } from './factors.ts'
import { sessionShielded, signedIn } from './guards.ts'
import { ownSessions } from './own-sessions.ts'
import { passkeys } from './passkeys.ts'
import { passwordChanges } from './password-changes.ts'
import { passwordRemovals } from './password-removals.ts'
import { profiles } from './profiles.ts'
import { trustedDevices } from './trusted-devices.ts'

/**
 * `/api/user`: users and their own account. `ownAvatar` belongs here too, but app.ts mounts it before the limit of
 * bodies.
 */
export const user = new Hono<AppEnv>()
  .use(signedIn, (c, next) => (isUnsafe(c) ? sessionShielded(c, next) : next()))
  .route('/', profiles)
  .route('/', passwordChanges)
  .route('/', passwordRemovals)
  .route('/', ownSessions)
  .route('/', factors)
  .route('/', passkeys)
  .route('/', trustedDevices)
  .route('/', accountDeletion)
  .route('/', dataExport)
