import { type EmailAddress, parseEmail } from './email.ts'
import type { Sealing } from './sealing.ts'

/** Seconds for which the code and the link of a mail log in (ASVS 6.5.5). */
export const mailChallengeSeconds = 600

/** What a browser that asked for a mail keeps until the code or the link comes. */
export type AskedByMail = {
  /**
   * The mail that was asked for, and the one that the same browser asked for before: the code of the earlier mail may
   * arrive first.
   */
  mailIds: string[]
  /** The user of the address; without an account, the id that a new one would get. */
  userId: string
  /** Whether the address had an account. */
  known: boolean
  /** The device, if it was known for the user. */
  deviceId: string | undefined
  remember: boolean
  at: Date
  email: EmailAddress
}

const form = /^([\w-]{22}) ([\w-]{22}) ([0-9a-f-]{36}) ([01])([01]) ([\w-]{22}) ([0-9a-z]{1,10}) (.+)$/

/** Stands for an id that is missing, so that all challenges for an address have the same length. */
const none = '-'.repeat(22)

export type MailChallenges = ReturnType<typeof createMailChallenges>

/**
 * A challenge binds the mail to the browser that asked for it. It is sealed, because it tells whether the address has an
 * account. Nothing is stored, and it opens nothing without the code or the link.
 */
export const createMailChallenges = (sealing: Sealing, notBefore: Date) => ({
  give: ({ mailIds, userId, known, deviceId, remember, at, email }: AskedByMail): Promise<string> =>
    sealing.seal(
      `${mailIds[0]} ${mailIds[1] ?? none} ${userId} ${Number(known)}${Number(remember)} ${deviceId ?? none} ${at.getTime().toString(36)} ${email.address}`,
    ),

  /** Undefined if the challenge is forged or too old. */
  read: async (token: string, now: Date): Promise<AskedByMail | undefined> => {
    const [, first, second, userId, known, remember, device, time, address] =
      form.exec((await sealing.open(token)) ?? '') ?? []
    const email = address === undefined ? undefined : parseEmail(address)
    if (!email) return
    const at = new Date(Number.parseInt(time!, 36))
    if (now.getTime() - at.getTime() >= mailChallengeSeconds * 1000 || at < notBefore) return
    return {
      mailIds: [first!, second!].filter((id) => id !== none),
      userId: userId!,
      known: known === '1',
      deviceId: device === none ? undefined : device,
      remember: remember === '1',
      at,
      email,
    }
  },
})
