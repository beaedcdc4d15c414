import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import { circumstances } from './devices.ts'
import type { Enrolments } from './enrolments.ts'
import { AuthError } from './errors.ts'
import { removalLifetimeMs } from './factor-changes.ts'
import { randomId } from './ids.ts'
import type { User, Visitor } from './model.ts'
import { invalidPasskeyChallenge, type PasskeyChallenges, passkeyChallengeSeconds } from './passkey-challenges.ts'
import { creationOptions, type Signalled, signalled } from './passkey-options.ts'
import { type NewCredential, registered } from './passkeys.ts'
import type { Second } from './ports/second-factors.ts'
import { newRecoveryCodes } from './recovery-codes.ts'
import type { Sealing } from './sealing.ts'
import { otpauthUri, seedAbout } from './totp.ts'
import { challengeOf } from './webauthn/ceremonies.ts'

type Needs = {
  passkeyChallenges: PasskeyChallenges
  /** Undefined without DATA_KEYS. */
  seeds: Sealing | undefined
  enrolments: Enrolments | undefined
  settings: Settings
}

/** What proves a new factor: the first code of an app, or a new passkey. */
export type GivenFactor =
  | { enrolment: string; code: string; name: string | null }
  | { credential: NewCredential; name: string | undefined }

/** What an enrolment and the challenge of a passkey are for. They are worth nothing in a session. */
const subjectOf = ({ id }: User) => ({ sid: 'log in', userId: id })
const passkeySubjectOf = ({ id }: User) => `enrol ${id}`

export type NewFactors = ReturnType<typeof createNewFactors>

/** Factors that are added at log-in. */
export const createNewFactors = ({ passkeyChallenges, seeds, enrolments, settings }: Needs) => {
  const made = async (user: User, given: GivenFactor, visitor: Visitor, at: Date) => {
    if ('credential' in given) {
      if (!settings.passkeys) throw new AuthError('not_found')
      const challenge = await challengeOf(given.credential.response.clientDataJSON, 'webauthn.create')
      const spent = passkeyChallenges.read(challenge, passkeySubjectOf(user), at)
      if (!spent) throw invalidPasskeyChallenge()
      const asked = { ...settings.passkeys, challenge, verification: true }
      const passkey = await registered(given.credential, asked, given.name, visitor, at)
      return {
        stored: { passkey },
        factor: { passkey: { ...passkey, verified: true, challenge: spent } },
        about: { factor: passkey.id, is: 'passkey' } as Record<string, string>,
        signalled: signalled(user.id, [passkey], settings.passkeys.rpId),
      }
    }
    if (!seeds || !enrolments) throw new AuthError('not_found')
    const first = await enrolments.confirm(given, subjectOf(user), at)
    if (first instanceof AuthError) throw first
    const { id, secret, lastStep: step } = first
    const sealed = await seeds.seal(secret, seedAbout(id, user.id))
    return {
      stored: { totp: { id, secret: sealed, name: given.name } },
      factor: { totp: { id, step } },
      about: { factor: id },
      signalled: undefined,
    }
  }

  return {
    offers: (type: 'totp' | 'passkey') => (type === 'totp' ? enrolments : settings.passkeys) !== undefined,

    /** Returns what an app or a browser needs in order to make the factor. Nothing is stored. */
    begin: async (user: User, type: 'totp' | 'passkey', at: Date) => {
      if (type === 'totp') {
        const begun = await enrolments!.begin(subjectOf(user), at)
        return { ...begun, otpauthUri: otpauthUri(begun.secret, settings.appName, user.email) }
      }
      const asked = {
        challenge: passkeyChallenges.give(passkeySubjectOf(user), at),
        rpId: settings.passkeys!.rpId,
        rpName: settings.appName,
        securityKey: false,
      }
      return { publicKey: creationOptions(user, [], asked), expiresIn: passkeyChallengeSeconds }
    },

    /**
     * Returns the new factor for the write that adds it and starts the session, with its recovery codes.
     * @throws InvalidLink if the enrolment or the challenge is forged, too old or of another user; AuthError
     * `wrong_code`, `passkey_refused`, `not_found`
     */
    make: async (
      user: User,
      given: GivenFactor,
      visitor: Visitor,
      at: Date,
    ): Promise<{ second: Second; recoveryCodes: string[]; signalled: Signalled | undefined }> => {
      const { stored, factor, about, signalled } = await made(user, given, visitor, at)
      const { codes: recoveryCodes, ...codes } = newRecoveryCodes()
      const notice = {
        id: randomId(),
        lifetimeMs: removalLifetimeMs,
        detail: { ...circumstances(visitor), ...about },
      }
      const enrols = { ...stored, codes, notice, audit: auditEntry(visitor, at) }
      return {
        second: { factor, limits: [], left: undefined, told: undefined, enrols },
        recoveryCodes,
        signalled,
      }
    },
  }
}
