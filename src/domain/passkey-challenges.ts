import { base64url } from 'jose'
import { InvalidLink } from './errors.ts'
import { randomBytes } from './ids.ts'
import type { Macs } from './macs.ts'

/** Seconds for which a challenge can be answered. */
export const passkeyChallengeSeconds = 300

/** A challenge that is used up, and until when that has to be remembered. */
export type SpentChallenge = { key: string; until: Date }

/** Bytes of a challenge before its MAC: 20 random ones (ASVS 6.7.2) and the time in seconds. */
const timeAt = 20
const nameBytes = 24

export type PasskeyChallenges = ReturnType<typeof createPasskeyChallenges>

/**
 * The challenges of WebAuthn, as base64url of `random.time.MAC`. Nothing is stored when one is given out, so that a page
 * that offers passkeys to every visitor costs no write. The MAC covers the subject, which is what the ceremony is for. A
 * challenge works once: the write that relies on it stores its name.
 */
export const createPasskeyChallenges = (macs: Macs, notBefore: Date) => ({
  give: (subject: string, now: Date): string => {
    const bytes = randomBytes(nameBytes)
    new DataView(bytes.buffer).setUint32(timeAt, Math.floor(now.getTime() / 1000))
    const name = base64url.encode(bytes)
    return name + macs.sign('passkey', `${subject} ${name}`)
  },

  /** Undefined if the challenge is forged, for something else or too old. */
  read: (challenge: string, subject: string, now: Date): SpentChallenge | undefined => {
    const [, name, mac] = /^([\w-]{32})([\w-]{43})$/.exec(challenge) ?? []
    if (!name || !mac || !macs.verify('passkey', `${subject} ${name}`, mac)) return
    const given = new DataView(base64url.decode(name).buffer).getUint32(timeAt) * 1000
    const until = new Date(given + passkeyChallengeSeconds * 1000)
    return until > now && given >= notBefore.getTime() ? { key: `passkey ${name}`, until } : undefined
  },
})

/** Refuses a challenge that is forged, used, void or too old. All of these get the same answer. */
export const invalidPasskeyChallenge = () => new InvalidLink('This passkey request is no longer valid. Start again.')
