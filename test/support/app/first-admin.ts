import { env } from 'cloudflare:workers'
import { firstAdminToken } from '../../../src/domain/first-admin.ts'
import { createMacs } from '../../../src/domain/macs.ts'
import { tokenKeys } from '../../../src/setting-values.ts'
import type { TestApp } from './support.ts'

/** Returns the token of the link that a start of the service prints. @param start FIRST_ADMIN; by default that of tests */
export const tokenOfStart = (start = env.FIRST_ADMIN) =>
  firstAdminToken(createMacs(tokenKeys.parse(env.TOKEN_KEYS)), start)

/** Takes the role from every admin, so that the link works. */
export const withoutAdmins = (app: TestApp) => app.db.exec("update users set role = 'user' where role = 'admin'")
