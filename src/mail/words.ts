import type { LinkPurpose } from '../domain/macs.ts'
import type { Letter, MailKind } from '../domain/ports.ts'
import type { Settings } from '../settings.ts'
import type { Block } from './layout.ts'

/** What the words of a mail depend on besides the letter. */
export type MessageSettings = Pick<Settings, 'appName' | 'frontendUrl' | 'links'>

type Words = { subject: string; heading: string; preview: string; blocks: Block[] }

/** `30 minutes`, `24 hours`, `7 days`: the largest unit that comes out even, days from the second on. */
const lifetime = ({ createdAt, expiresAt }: Letter): string => {
  const minutes = Math.round((expiresAt.getTime() - createdAt.getTime()) / 60_000)
  const [unit, size] =
    minutes % 1440 === 0 && minutes > 1440 ? ['day', 1440] : minutes % 60 === 0 ? ['hour', 60] : ['minute', 1]
  const count = minutes / Number(size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** `21 Nov 2026 at 14:05 UTC`. ECMA-262 fixes the form of `toUTCString`; that of `toLocaleString` is the runtime's. */
const atTime = (time: Date): string => {
  const text = time.toUTCString()
  return `${text.slice(5, 16)} at ${text.slice(17, 22)} UTC`
}

const once = (letter: Letter) => `The link works once, for ${lifetime(letter)}, until ${atTime(letter.expiresAt)}.`

const templates: Record<LinkPurpose, keyof Settings['links']> = {
  'link verify_email': 'verifyEmail',
  'link reject_registration': 'rejectRegistration',
  'link reset_password': 'resetPassword',
  'link confirm_email': 'confirmEmail',
  'link cancel_email_change': 'cancelEmail',
  'link end_session': 'endSession',
}

/** The link of this purpose: an address, or a button where it has a label. */
const link = (purpose: LinkPurpose, { kind, tokens }: Letter, { links }: MessageSettings, label?: string): Block => {
  const token = tokens[purpose]
  if (token === undefined) throw new TypeError(`A mail of kind ${kind} needs the token of its ${purpose}`)
  return { label, url: links[templates[purpose]].replaceAll('{token}', () => encodeURIComponent(token)) }
}

/** `Firefox on Linux, near Berlin, DE`, as far as it is known. */
const device = ({ browser, os, city, country }: Record<string, string | undefined>): string | undefined => {
  const what = [browser, os].filter(Boolean).join(' on ')
  const where = [city, country].filter(Boolean).join(', ')
  return [what, where && `near ${where}`].filter(Boolean).join(', ') || undefined
}

/** Of the request that caused the mail. An admin's device is nobody else's business. */
const circumstances = (app: string, { createdAt, detail }: Letter) =>
  detail.by === 'admin'
    ? `Somebody who runs ${app} caused this message, on ${atTime(createdAt)}.`
    : `That was on ${atTime(createdAt)}, from this device: ${device(detail) ?? 'not known'}.`

/** What each kind says. Nothing that a requester typed: whoever causes a mail to somebody must not choose its words. */
export const words: Record<MailKind, (app: string, letter: Letter, settings: MessageSettings) => Words> = {
  verify_email: (app, letter, settings) => ({
    subject: `Confirm your e-mail address for ${app}`,
    heading: 'Confirm your e-mail address',
    preview: `It was given for an account at ${app}.`,
    blocks: [
      `This address was given for an account at ${app}. ${circumstances(app, letter)} If it was you, confirm that the address is yours:`,
      link('link verify_email', letter, settings, 'Confirm address'),
      `The link works for ${lifetime(letter)}, until ${atTime(letter.expiresAt)}.`,
      'If it was not you, do not confirm it. Say that it was not you, so that whoever made the account cannot get in:',
      link('link reject_registration', letter, settings),
    ],
  }),

  set_password: (app, letter, settings) => ({
    subject: `Choose a password for ${app}`,
    heading: 'Choose a password',
    preview: `One step is left to open your account at ${app}.`,
    blocks: [
      `This address was registered at ${app}. ${circumstances(app, letter)} Choose a password to finish; doing so also confirms that the address is yours:`,
      link('link reset_password', letter, settings, 'Choose a password'),
      once(letter),
      'A password that was given before does not count: anybody could have typed it. Only the one you choose here will let you in.',
      'If you did not ask for an account, ignore this message. Without a password nobody can use it.',
    ],
  }),

  invite: (app, letter, settings) => ({
    subject: `Your account at ${app}`,
    heading: 'An account was made for you',
    preview: 'Choose a password to use it.',
    blocks: [
      `Somebody who runs ${app} made an account for this address. Choose a password to use it:`,
      link('link reset_password', letter, settings, 'Choose a password'),
      once(letter),
      'If you do not want the account, ignore this message. Without a password nobody can use it.',
    ],
  }),

  reset_password: (app, letter, settings) => ({
    subject: `Choose a new password for ${app}`,
    heading: 'Choose a new password',
    preview: `Somebody asked for a new password for your account at ${app}.`,
    blocks: [
      `Somebody asked for a new password for your account at ${app}. ${circumstances(app, letter)} If you want one, choose it:`,
      link('link reset_password', letter, settings, 'Choose a new password'),
      `${once(letter)} Using it logs you out everywhere.`,
      'If it was not you, ignore this message. Your password stays as it is.',
    ],
  }),

  account_exists: (app, letter, { frontendUrl }) => ({
    subject: `You already have an account at ${app}`,
    heading: 'You already have an account',
    preview: 'Somebody tried to register with this address. Nothing was changed.',
    blocks: [
      `Somebody tried to register at ${app} with this address. ${circumstances(app, letter)} It already has an account, so nothing was changed.`,
      'If it was you, log in with the password you have. If you do not remember it, ask for a new one under “Forgot password”:',
      { url: frontendUrl },
      'If it was not you, there is nothing to do. Whoever it was has not been told that you have an account.',
    ],
  }),

  confirm_email: (app, letter, settings) => ({
    subject: `Confirm your new e-mail address for ${app}`,
    heading: 'Confirm your new e-mail address',
    preview: `Your account at ${app} is to use this address.`,
    blocks: [
      `Somebody asked to use this address for an account at ${app}. If that was you, confirm that the address is yours:`,
      link('link confirm_email', letter, settings, 'Confirm address'),
      `${once(letter)} Once it is confirmed you log in with this address, and your other devices are logged out.`,
      'If it was not you, do not open the link. There is nothing else to do.',
    ],
  }),

  email_change: (app, letter, settings) => ({
    subject: `Your e-mail address for ${app} is to be changed`,
    heading: 'Your e-mail address is to be changed',
    preview: 'If this was not you, cancel the change.',
    blocks: [
      `On ${atTime(letter.createdAt)} somebody who is logged in to your account at ${app} asked to use another e-mail address for it. The change is made when the link that was mailed to the other address is opened.`,
      'If it was you, there is nothing to do. If it was not you, cancel the change:',
      link('link cancel_email_change', letter, settings, 'Cancel the change'),
      `The link works while the change waits, until ${atTime(letter.expiresAt)} at the latest.`,
      'Then change your password, which logs out whoever it was.',
    ],
  }),

  email_changed: (app, { createdAt }, { frontendUrl }) => ({
    subject: `Your e-mail address for ${app} was changed`,
    heading: 'Your e-mail address was changed',
    preview: 'This address no longer belongs to the account.',
    blocks: [
      `The e-mail address of your account at ${app} was changed on ${atTime(createdAt)}. You log in with the new one, and mails go there. Other devices that were logged in have been logged out.`,
      'If it was you, there is nothing to do.',
      'If it was not you, turn to whoever runs the service at once. This address can no longer be used to get back into the account.',
      { url: frontendUrl },
    ],
  }),

  password_changed: (app, { createdAt }, { frontendUrl }) => ({
    subject: `Your password for ${app} was changed`,
    heading: 'Your password was changed',
    preview: 'If this was not you, ask for a new password at once.',
    blocks: [
      `The password of your account at ${app} was changed on ${atTime(createdAt)}. Other devices that were logged in have been logged out.`,
      'If it was you, there is nothing to do.',
      'If it was not you, somebody else has got into your account. Ask for a new password at once, under “Forgot password”:',
      { url: frontendUrl },
      'Change the password of your mailbox too: whoever can read your mail can do this again.',
    ],
  }),

  new_device: (app, letter, settings) => ({
    subject: `A new device logged in to ${app}`,
    heading: 'A new device logged in',
    preview: 'If this was not you, log it out.',
    blocks: [
      `On ${atTime(letter.createdAt)} somebody logged in to your account at ${app} from a device that it had not seen before.`,
      `The device: ${device(letter.detail) ?? 'not known'}.`,
      'If it was you, there is nothing to do. If it was not you, log it out:',
      link('link end_session', letter, settings, 'Log out that device'),
      `The link works for ${lifetime(letter)}, until ${atTime(letter.expiresAt)}.`,
      'Whoever it was knows your password. Ask for a new one under “Forgot password”:',
      { url: settings.frontendUrl },
    ],
  }),

  refresh_reuse: (app, { createdAt }, { frontendUrl }) => ({
    subject: `A device was logged out of ${app}`,
    heading: 'A device was logged out',
    preview: 'A key that kept it logged in was used twice.',
    blocks: [
      `A key that kept one of your devices logged in to ${app} was used twice on ${atTime(createdAt)}. Such a key is good for one use, so somebody may have a copy of it. That device, and whoever has the copy, were logged out.`,
      'Your password was not changed, and your other devices are still logged in.',
      'Log in again on the device that was logged out. To be safe, change your password as well, which logs out all other devices:',
      { url: frontendUrl },
      'A device that lost its connection at a bad moment can cause this too. If it happens again, do change your password.',
    ],
  }),
}
