import { AuthError, InvalidEnrolment } from './errors.ts'
import { newId } from './ids.ts'
import type { Sealing } from './sealing.ts'
import { base32, matchingStep, newSeed, typedCode } from './totp.ts'

/** Milliseconds for which an enrolment can be confirmed. */
const lifetimeMs = 600_000

/** Whom an enrolment is for: one session of a user. */
type Subject = { sid: string; userId: string }

/** The associated data of the encryption. */
const about = ({ sid, userId }: Subject) => `${sid} ${userId}`

export type Enrolments = ReturnType<typeof createEnrolments>

/**
 * An enrolment is the id and the seed of an authenticator app that is not confirmed yet. It is encrypted and kept by the
 * client, so that nothing is stored about apps that nobody confirms.
 */
export const createEnrolments = (sealing: Sealing) => ({
  /** Returns a new seed in base32 and its enrolment, which is valid for `expiresIn` seconds. */
  begin: async (subject: Subject, at: Date) => {
    const secret = newSeed()
    const content = [newId(at), secret, at.getTime() + lifetimeMs].join(' ')
    return { secret, enrolment: await sealing.seal(content, about(subject)), expiresIn: lifetimeMs / 1000 }
  },

  /**
   * Checks the first code of the app.
   * @returns the id, the seed in base32 and the time step of the code; or the refusal: `wrong_code`, or
   * InvalidEnrolment if the enrolment is forged, expired or of another session. It is not thrown, because the password
   * check would count a thrown `wrong_code` as a wrong password
   */
  confirm: async (given: { enrolment: string; code: string }, subject: Subject, at: Date) => {
    const [id, secret, until] = (await sealing.open(given.enrolment, about(subject)))?.split(' ') ?? []
    const seed = secret && base32.decode(secret)
    if (!id || !secret || !seed || Number(until) <= at.getTime()) return new InvalidEnrolment()
    const code = typedCode(given.code)
    const lastStep = code && (await matchingStep(seed, code, at, 0))
    if (!lastStep) return wrongCode()
    return { id, secret, lastStep }
  },
})

/** Status 422, as for a wrong password: a refresh of the tokens would not help. */
const wrongCode = () =>
  new AuthError('wrong_code', { errors: [{ field: 'code', code: 'wrong_code', detail: 'The code is wrong.' }] })
