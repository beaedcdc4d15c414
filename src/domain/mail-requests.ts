import type { Settings } from '../settings.ts'
import type { DeviceCookies } from './device-cookies.ts'
import { circumstances } from './devices.ts'
import { type EmailAddress, isAmbiguous } from './email.ts'
import { rateLimited } from './errors.ts'
import { newId, randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import { type MailChallenges, mailChallengeSeconds } from './mail-challenges.ts'
import type { Visitor } from './model.ts'
import { type MailDelivery, spentFrom } from './outbox.ts'
import type { MailLogInStore } from './ports/mail-log-ins.ts'
import type { Clock, Defer } from './ports/outside.ts'
import { mayRegister } from './registration.ts'

type Needs = {
  mailLogInStore: MailLogInStore
  mailChallenges: MailChallenges
  mailDelivery: MailDelivery
  deviceCookies: DeviceCookies
  limits: Limits
  settings: Settings
  now: Clock
  defer: Defer
}

type Asking = {
  email: EmailAddress
  remember: boolean
  /** The device cookie from an earlier log-in. */
  device: string | undefined
  /** The challenge of an earlier request of this browser: the code of that mail still counts. */
  earlier: string | undefined
}

/** Requests for a log-in mail. */
export const createMailRequests = (needs: Needs) => {
  const { mailLogInStore, mailChallenges, mailDelivery, deviceCookies, limits, settings, now, defer } = needs

  /**
   * Mails a code and a link if the address has an active account, or may get one. The caller does not learn whether:
   * the reply, the round trips and the statements are the same.
   * @returns the challenge for the browser; without it, the code and the link cannot be used
   * @throws AuthError `rate_limited`
   */
  return async (
    { email, remember, device: cookie, earlier }: Asking,
    visitor: Visitor,
  ): Promise<{ challenge: string; expiresIn: number }> => {
    const at = now()
    const { canonical, address } = email
    const known = cookie === undefined ? undefined : deviceCookies.read(cookie, at)
    const before = earlier === undefined ? undefined : await mailChallenges.read(earlier, at)
    const mailId = randomId()
    const lifetimeMs = mailChallengeSeconds * 1000
    const asked = await mailLogInStore.ask({
      emailCanonical: canonical,
      address,
      limits: limits.link(visitor),
      mail: { id: mailId, lifetimeMs, detail: circumstances(visitor), language: visitor.language },
      budget: limits.mail(canonical, 'log_in'),
      failures: [limits.passwordFailures(canonical)],
      device: known && {
        known,
        budget: limits.mailOnDevice(known),
        failures: limits.logInDevice(known),
        forgottenKeys: limits.devicesForgotten(known.userId),
      },
      help: {
        id: randomId(),
        lifetimeMs: settings.passwordResetSeconds * 1000,
        budget: limits.mailHelp(canonical),
      },
      signUp:
        settings.mailLogIn === 'signup' &&
        settings.mfaRequired !== 'all' &&
        mayRegister(settings, email) &&
        !isAmbiguous(email)
          ? { spent: spentFrom(settings.mailDailyQuota, at) }
          : undefined,
      now: at,
    })
    if ('refusedUntil' in asked) throw rateLimited(asked.refusedUntil, at)
    // Runs after the reply whether or not there is a mail, so that the time reveals nothing.
    defer(mailDelivery.deliver(asked.mail))
    const same =
      before?.email.canonical === canonical && before.known === (asked.userId !== undefined) ? before : undefined
    const earlierIds = same?.mailIds ?? []
    const namesThis = asked.mail?.id === mailId || earlierIds.length === 0
    const challenge = await mailChallenges.give({
      // A challenge names at least one mail, so that it looks the same whether or not one was sent. A request that sent
      // nothing, such as the second half of a double click, goes on naming the earlier mails.
      mailIds: namesThis ? [mailId, ...earlierIds.slice(0, 1)] : earlierIds,
      userId: asked.userId ?? same?.userId ?? newId(at),
      known: asked.userId !== undefined,
      deviceId: asked.recognised ? known?.id : undefined,
      ...{ remember, at, email },
    })
    return { challenge, expiresIn: mailChallengeSeconds }
  }
}
