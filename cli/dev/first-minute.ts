import { randomBytes } from 'node:crypto'
import { firstAdminLifetimeMs, firstAdminToken } from '../../src/domain/first-admin.ts'
import { createMacs } from '../../src/domain/macs.ts'
import { isLoopback } from '../../src/origins.ts'
import { tokenKeys } from '../../src/setting-values.ts'
import { closeDatabases, execute, localState } from '../lib/database.ts'
import { readVars } from '../lib/dev-vars.ts'
import { fillWithDemo } from './fill.ts'

/**
 * Returns a new value of FIRST_ADMIN, which names one start of the service. The link to the first admin works only during
 * that start, and for half an hour.
 */
export const newStart = (now = new Date()): string =>
  `${randomBytes(16).toString('base64url')}.${now.getTime() + firstAdminLifetimeMs}`

/**
 * Returns the link that makes the first admin. The token is behind `#`, so that no log keeps it.
 * @param keys TOKEN_KEYS
 */
const linkTo = (appUrl: string, start: string, keys: string) =>
  `${appUrl}/console/first-admin#token=${firstAdminToken(createMacs(tokenKeys.parse(keys)), start)}`

type Asked = {
  appUrl: string
  start: string
  envFiles: string[]
  persistTo: string | undefined
  demo: boolean
}

/**
 * Fills the local database if `demo` is set, and looks whether it has an admin.
 * @returns the password of the demo users, and the link that makes the first admin. The link is undefined if there is an
 * admin already, if TOKEN_KEYS is missing, or if APP_URL is not this computer
 * @throws {Stop} if the database that should be filled has users
 */
export const firstMinute = async ({ appUrl, start, envFiles, persistTo = localState, demo }: Asked) => {
  const place = { remote: false, persistTo, env: undefined }
  const { TOKEN_KEYS, DATA_KEYS } = readVars(envFiles)
  const demoPassword = demo ? await fillWithDemo(place, DATA_KEYS) : undefined
  if (!TOKEN_KEYS || !URL.canParse(appUrl) || !isLoopback(new URL(appUrl).hostname))
    return { demoPassword, firstAdmin: undefined }
  const [admins] = await execute([`select 1 from users where role = 'admin' limit 1`], place)
  // The service opens the same files.
  await closeDatabases()
  return { demoPassword, firstAdmin: admins!.length > 0 ? undefined : linkTo(appUrl, start, TOKEN_KEYS) }
}
