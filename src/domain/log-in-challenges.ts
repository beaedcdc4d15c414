import { InvalidLink } from './errors.ts'
import type { Macs } from './macs.ts'
import type { MailProof, Proof } from './model.ts'

/** Seconds within which the second step of a log-in must follow. */
export const challengeSeconds = 600

/** What the first step of a log-in leaves to the second. */
type FirstStep = {
  userId: string
  /** Whether the session will be remembered. */
  remember: boolean
  /** The key of the network limit under which the first step took a place; undefined if it took none. */
  network: string | undefined
  at: Date
  /** For a user who must add a second factor: what is known about the mailbox. */
  mailbox?: Mailbox
}

/** `asked`: no code was mailed yet. `mailId`: the mail with the code. */
type Mailbox = 'asked' | 'proven' | { mailId: string }

const mailboxes = { asked: 'a', proven: 'p' } as const

const written = (mailbox: Mailbox) => (typeof mailbox === 'string' ? mailboxes[mailbox] : `m${mailbox.mailId}`)

/** The beginning of a limit's key, which is enough to tell networks apart. */
const shortened = (network = '-'.repeat(8)) => network.slice(0, 8)

export type LogInChallenges = ReturnType<typeof createLogInChallenges>

/**
 * A challenge says that the first step was right: `key.user.remember.time.network.digest.MAC`. Nothing is stored, and
 * it opens nothing by itself: the second factor is still missing. After a password, the digest covers its hash, so that
 * a new password voids the challenge. After a mail, the id of the mail takes the place of the digest, and the letter of
 * `remember` is a capital. A user who must add a second factor gets a challenge with one more part, which says what is
 * known about the mailbox. Each operation accepts one of the two forms.
 */
export const createLogInChallenges = (macs: Macs, notBefore: Date) => {
  const digestOf = (name: string, passwordHash: string, keyId: string) =>
    macs.make('log in', `${name} ${passwordHash}`, keyId)?.slice(0, 22)

  return {
    give: ({ userId, remember, network, at, mailbox }: FirstStep, by: Proof | MailProof): string => {
      const keyId = macs.firstKeyId
      const letter = remember ? 'r' : 's'
      const mailed = 'mail' in by
      const asked = `${keyId}.${userId}.${mailed ? letter.toUpperCase() : letter}.${at.getTime().toString(36)}.${shortened(network)}`
      const name = mailbox ? `${asked}.${written(mailbox)}` : asked
      const signed = `${name}.${mailed ? by.mail.id : digestOf(name, by.passwordHash, keyId)}`
      return `${signed}.${macs.make('log in', signed, keyId)}`
    },

    /**
     * @param enrols whether the challenge must be one of a user who adds a factor
     * @throws InvalidLink if the challenge is forged, too old or of the other form
     */
    read: (token: string, now: Date, enrols = false) => {
      const [, signed, name, keyId, userId, letter, time, network, mailbox, digest, mac] =
        /^((([\w-]{1,16})\.([0-9a-f-]{36})\.([rsRS])\.([0-9a-z]{1,10})\.([\w-]{8})(?:\.([ap]|m[\w-]{22}))?)\.([\w-]{22}))\.([\w-]{43})$/.exec(
          token,
        ) ?? []
      if (!signed || !name || !keyId || !userId || !letter || !time || !digest || !mac) throw invalidChallenge()
      if (!macs.verify('log in', signed, mac, keyId)) throw invalidChallenge()
      if (enrols !== (mailbox !== undefined)) throw invalidChallenge()
      const at = new Date(Number.parseInt(time, 36))
      if (now.getTime() - at.getTime() >= challengeSeconds * 1000 || at < notBefore) throw invalidChallenge()
      return {
        userId,
        remember: letter.toLowerCase() === 'r',
        at,
        after: letter < 'a' ? ('mail' as const) : ('password' as const),
        /** Whether the right code of a mail was given. */
        proven: mailbox === mailboxes.proven,
        /** The mail with the code. */
        mailId: mailbox?.startsWith('m') ? mailbox.slice(1) : undefined,
        /** Whether the first step took its place under this limit. */
        countedUnder: (key: string) => shortened(key) === network,
        /** What the first step proved; undefined if the password has changed since then. */
        proofOf: (passwordHash: string | null): Proof | MailProof | undefined => {
          if (letter < 'a') return { mail: { id: digest } }
          return passwordHash !== null && digestOf(name, passwordHash, keyId) === digest ? { passwordHash } : undefined
        },
      }
    },
  }
}

/** A challenge that is forged, too old or void. All of these get the same answer. */
export const invalidChallenge = () => new InvalidLink('This log-in can no longer be finished. Start again.')
