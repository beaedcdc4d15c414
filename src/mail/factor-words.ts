import type { MailKind } from '../domain/mails.ts'
import type { Letter } from '../domain/ports/mailer.ts'
import { asked, atTime, lifetime, link, type Wording } from './wording.ts'

/** What the mail is about. */
const kindOf = ({ detail }: Letter) =>
  detail.is === 'passkey'
    ? { An: 'A passkey', it: 'passkey', asks: 'It is now a way to log in.' }
    : { An: 'An authenticator app', it: 'app', asks: 'From now on, a log-in also asks for its code.' }

/** The words of mails about second factors. */
export const factorWords = {
  factor_added: (app, letter, settings) => {
    const { An, it, asks } = kindOf(letter)
    return {
      subject: `${An} was added at ${app}`,
      heading: `${An} was added`,
      preview: 'If this was not you, remove it.',
      blocks: [
        `${An} was added to your account at ${app}${asked(letter)}. ${asks} Other devices that were logged in have been logged out.`,
        `If it was you, keep your recovery codes in a safe place: they open your account if you lose the ${it}.`,
        `If it was not you, remove that ${it}. That also logs out every device:`,
        link('link remove_factor', letter, settings, `Remove that ${it}`),
        `The link works once, for ${lifetime(letter)}, until ${atTime(letter.expiresAt)}.`,
        `Then set a new password: whoever added the ${it} knows the one you have.`,
        { url: settings.frontendUrl },
      ],
    }
  },

  factor_removed: (app, letter, { frontendUrl }) => {
    const { An } = kindOf(letter)
    return {
      subject: `${An} was removed at ${app}`,
      heading: `${An} was removed`,
      preview: 'If this was not you, set a new password.',
      blocks: [
        `${An} was removed from your account at ${app}${asked(letter)}. Other devices that were logged in have been logged out.`,
        `If it was you, there is nothing to do. If it was not you, set a new password and add ${An.toLowerCase()} again:`,
        { url: frontendUrl },
      ],
    }
  },

  recovery_codes_made: (app, letter, { frontendUrl }) => ({
    subject: `New recovery codes for ${app}`,
    heading: 'You have new recovery codes',
    preview: 'The earlier ones no longer work.',
    blocks: [
      `New recovery codes were made for your account at ${app}${asked(letter)}. The earlier ones no longer work.`,
      'If it was you, there is nothing to do. If it was not you, set a new password and make new codes:',
      { url: frontendUrl },
    ],
  }),

  factors_reset: (app, { createdAt }, { frontendUrl }) => ({
    subject: `Your second factors at ${app} were removed`,
    heading: 'Your second factors were removed',
    preview: 'Somebody who runs the service did this.',
    blocks: [
      `Somebody who runs ${app} removed every authenticator app, every passkey and all recovery codes of your account on ${atTime(createdAt)}. Until you add one again, your password alone opens the account. All devices have been logged out.`,
      'If you asked for this, log in and add an authenticator app or a passkey. If you did not, tell the operator of the service.',
      { url: frontendUrl },
    ],
  }),

  factors_changed: (app, { createdAt }) => ({
    subject: `An account at ${app} has changed`,
    heading: 'The account that had your address has changed',
    preview: 'Its second factors were changed.',
    blocks: [
      `An account at ${app} had this address until a few days ago. Its second factors, such as authenticator apps, passkeys and recovery codes, were changed on ${atTime(createdAt)}.`,
      'If the account is yours and you did not give it another address, take it back: open the link in the earlier mail about the change of address.',
      'Otherwise there is nothing to do.',
    ],
  }),
} satisfies Partial<Record<MailKind, Wording>>
