import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { administration } from './administration.ts'
import { advice } from './advice.ts'
import { auditArchive } from './audit-archive.ts'
import { auditTrail } from './audit-trail.ts'
import { admin as adminsOnly, signedIn } from './guards.ts'
import { mailDirectory } from './mail-directory.ts'
import { userDirectory } from './user-directory.ts'

/** `/api/admin`: for admins. The role is read from the database at each request. */
export const admin = new Hono<AppEnv>()
  .use(signedIn, adminsOnly)
  .route('/', userDirectory)
  .route('/', administration)
  .route('/', auditTrail)
  .route('/', auditArchive)
  .route('/', mailDirectory)
  .route('/', advice)
