import { newId } from '../../../src/domain/ids.ts'
import { newRecoveryCodes } from '../../../src/domain/recovery-codes.ts'
import { base32, newSeed, oneTimePassword, seedAbout, stepOf } from '../../../src/domain/totp.ts'
import { createDatabase } from '../../../src/storage/database.ts'
import { recoveryCodes, totp } from '../../../src/storage/schema.ts'
import { signedInUser, someAddress, type TestApp } from './support.ts'

type App = Pick<TestApp, 'db' | 'now' | 'services'>

/** The steps of a code that is valid in a minute. */
export const inAMinute = 2

/** Gives a user an authenticator app, as an enrolment some time ago would have. */
export const addApp = async (app: App, userId: string, name: string | null = null) => {
  const [id, seed] = [newId(app.now()), newSeed()]
  const secret = await app.services.seeds!.seal(seed, seedAbout(id, userId))
  await createDatabase(app.db).insert(totp).values({ id, userId, secret, lastStep: 0, name, createdAt: app.now() })
  /** Returns the code of the present step, or of one before or after it. */
  const code = (steps = 0) => oneTimePassword(base32.decode(seed)!, stepOf(app.now()) + steps)
  return { id, seed, code }
}

/** Gives a user recovery codes, and returns them. */
export const addRecoveryCodes = async (app: App, userId: string): Promise<string[]> => {
  const { codes, setId, hashes } = newRecoveryCodes()
  await createDatabase(app.db).insert(recoveryCodes).values({ userId, setId, hashes, createdAt: app.now() })
  return codes
}

/** Creates a verified user with an authenticator app, recovery codes, and a session from before. */
export const userWithFactors = async (app: TestApp, email = someAddress()) => {
  const user = await signedInUser(app, email)
  const { code, id, seed } = await addApp(app, user.user.id)
  return { ...user, appId: id, seed, code, recoveryCodes: await addRecoveryCodes(app, user.user.id) }
}

/** Returns a code of six digits that is none of the acceptable ones. */
export const wrongCode = async (code: (steps: number) => Promise<string>): Promise<string> => {
  const right = await Promise.all([-1, 0, 1].map(code))
  return ['000000', '111111', '222222', '333333'].find((text) => !right.includes(text))!
}
