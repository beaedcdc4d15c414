import type { Settings } from '../settings.ts'
import type { DeviceCookies } from './device-cookies.ts'
import { AuthError, InvalidLink, rateLimited } from './errors.ts'
import { createFailureCount, opens } from './failed-log-ins.ts'
import type { Limits } from './limits.ts'
import { readLinkToken } from './link-tokens.ts'
import { challengeSeconds, invalidChallenge, type LogInChallenges } from './log-in-challenges.ts'
import type { Macs } from './macs.ts'
import type { AskedByMail, MailChallenges } from './mail-challenges.ts'
import type { MailCodes } from './mail-codes.ts'
import { createMailRequests } from './mail-requests.ts'
import type { Limit, Visitor } from './model.ts'
import { newUser } from './new-users.ts'
import type { MailDelivery } from './outbox.ts'
import type { AuditStore } from './ports/audit.ts'
import type { MailLogInStore } from './ports/mail-log-ins.ts'
import type { Clock, Defer } from './ports/outside.ts'
import { enrolmentRequired, mustEnrol } from './required-factors.ts'
import type { Sealing } from './sealing.ts'
import { hasSecondFactor, secondFactorRequired } from './second-factors.ts'
import type { SessionStart, Started } from './session-start.ts'

type Needs = {
  mailLogInStore: MailLogInStore
  mailChallenges: MailChallenges
  mailCodes: MailCodes
  logInChallenges: LogInChallenges
  sessionStart: SessionStart
  mailDelivery: MailDelivery
  auditStore: AuditStore
  deviceCookies: DeviceCookies
  registered: Sealing
  limits: Limits
  macs: Macs
  settings: Settings
  now: Clock
  defer: Defer
}

/** What the browser sends besides a code or a link. */
type Browser = {
  /** From the reply to the request for the mail. */
  challenge: string | undefined
  replaces: { sid: string; generation: number } | undefined
  device: string | undefined
  /** The value that registration left in this browser. */
  registered: string | undefined
}

/** The sentence for a user who must add a second factor: adding one begins with the password. */
const addsByPassword =
  'Your account needs a second factor. To add one, log in with your password, which “Forgot password” can set.'

/** Log-in by a code or a link from a mail, for the browser that asked for the mail (docs/decisions/0038-mail-log-in.md). */
export const createMailLogIns = (needs: Needs) => {
  const { mailLogInStore, mailChallenges, mailCodes, logInChallenges, sessionStart, deviceCookies } = needs
  const { registered, limits, macs, settings, now } = needs
  const countFailure = createFailureCount(needs)
  const ask = createMailRequests(needs)

  const requireOn = () => {
    if (settings.mailLogIn === 'off') throw new AuthError('not_found')
  }

  /**
   * Starts the session, creating the user if the address had none. The transaction that starts the session checks
   * again everything that the challenge says.
   * @param counted the limits under which the attempt takes a place
   * @returns undefined if the mail cannot be used any more
   */
  const start = async (asked: AskedByMail, mailId: string, counted: Limit[], browser: Browser, visitor: Visitor) => {
    const { userId: id, email, known, remember } = asked
    const at = now()
    const cookie = browser.device === undefined ? undefined : deviceCookies.read(browser.device, at)
    const device = cookie?.userId === id ? cookie : undefined
    const keeps = browser.registered !== undefined && (await registered.open(browser.registered)) === id
    const creates = known ? undefined : newUser(id, email, at, { emailVerifiedAt: at, locale: visitor.language })
    const started = await sessionStart.start(
      {
        user: { id },
        proof: { mail: { id: mailId, creates, keeps, limits: counted } },
        second: undefined,
        remembered: remember,
        replaces: browser.replaces,
        deviceId: device?.id,
        cleared: [
          ...limits.logInFailuresOf(email.canonical),
          ...limits.mailCounters(email.canonical, 'log_in'),
          ...(device ? limits.logInFailuresOn(device) : []),
        ],
        returned: { limits: counted.length > 0 && !asked.deviceId ? limits.logInNetwork(visitor) : [], at },
        at,
      },
      visitor,
    )
    if (!('changed' in started)) return started
    const { changed, usable } = started
    if (!usable || !changed) return
    if (mustEnrol(changed, settings)) throw enrolmentRequired(settings, {}, addsByPassword)
    if (!hasSecondFactor(changed)) return
    const passed = { userId: id, remember, network: undefined, at: asked.at }
    const seconds = challengeSeconds - Math.floor((at.getTime() - asked.at.getTime()) / 1000)
    throw secondFactorRequired(changed, settings, {
      challenge: logInChallenges.give(passed, { mail: { id: mailId } }),
      expires_in: seconds,
    })
  }

  const refuse = ({ email, known, userId }: AskedByMail, visitor: Visitor) => {
    countFailure(email.canonical, known ? userId : null, visitor, now())
    return new AuthError('wrong_code', {
      errors: [{ field: 'code', code: 'wrong_code', detail: 'The code is wrong or no longer valid.' }],
    })
  }

  return {
    /** @throws AuthError `not_found` while log-in by mail is off, `rate_limited` */
    ask: async (...asking: Parameters<typeof ask>) => {
      requireOn()
      return ask(...asking)
    },

    /**
     * Logs in by the code of a mail.
     * @throws InvalidLink if the challenge is forged or too old; AuthError `not_found`, `wrong_code`,
     * `second_factor_required`, `rate_limited`
     */
    async byCode(typed: string, browser: Browser, visitor: Visitor): Promise<Started> {
      requireOn()
      const at = now()
      const asked = browser.challenge === undefined ? undefined : await mailChallenges.read(browser.challenge, at)
      if (!asked) throw invalidChallenge()
      const counted = limits.mailCode(asked.mailIds[0]!, visitor, asked.email.canonical, asked.deviceId)
      const mailId = asked.mailIds.find((id) => mailCodes.matches(id, typed))
      if (mailId) {
        const started = await start(asked, mailId, counted, browser, visitor)
        if (started) return started
      } else {
        const refused = await mailLogInStore.take(counted, asked.known, at)
        if (refused) throw rateLimited(refused.refusedUntil, at, opens)
      }
      throw refuse(asked, visitor)
    },

    /**
     * Logs in by the link of a mail, in the browser that asked for it. In any other browser, the link logs nobody in: a
     * scanner of mails that opens links and presses buttons gets no session.
     * @throws InvalidLink; AuthError `not_found`, `other_browser` with the code to type where the log-in began,
     * `second_factor_required`
     */
    async byLink(token: string, browser: Browser, visitor: Visitor): Promise<Started> {
      requireOn()
      const mailId = readLinkToken(macs, 'link log_in', token)
      if (!mailId) throw new InvalidLink()
      const asked = browser.challenge === undefined ? undefined : await mailChallenges.read(browser.challenge, now())
      if (!asked?.mailIds.includes(mailId))
        throw new AuthError('other_browser', { members: { code_to_type: mailCodes.of(mailId) } })
      const started = await start(asked, mailId, [], browser, visitor)
      if (!started) throw new InvalidLink()
      return started
    },
  }
}
