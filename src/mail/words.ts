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
  'link approve_email_change': 'approveEmail',
  'link revert_email_change': 'revertEmail',
  'link end_freeze': 'endFreeze',
  'link end_sessions': 'endSessions',
  'link undo_deletion': 'undoDeletion',
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

/** ` on 21 Nov 2026 at 14:05 UTC, from Firefox on Linux, near Berlin, DE`: when and whence a request came that caused a mail. */
const asked = (letter: Letter): string => {
  const whence = device(letter.detail)
  return ` on ${atTime(letter.createdAt)}${whence ? `, from ${whence}` : ''}`
}

/** The domain knows how to mask it: a requester chose it. */
const newAddress = ({ detail }: Letter): string => detail.address ?? 'which is not shown here'

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

  address_reserved: (app, { detail }) => ({
    subject: `This address cannot be used at ${app} yet`,
    heading: 'This address cannot be used yet',
    preview: 'An account had it until a few days ago.',
    blocks: [
      `Somebody tried to register at ${app} with this address. An account had it until a few days ago, and may still come back to it. Until ${atTime(new Date(Number(detail.until)))} the address is kept for that, and no account was made.`,
      'If it was you who tried, register again after that time.',
      'If the account was yours and you did not give it another address, open the link in the mail that told you of the change.',
    ],
  }),

  confirm_email: (app, letter, settings) => ({
    subject: `Confirm your new e-mail address for ${app}`,
    heading: 'Confirm your new e-mail address',
    preview: `An account at ${app} is to use this address.`,
    blocks: [
      `Somebody who is logged in to the account ${letter.detail.account ?? 'of another address'} at ${app} asked to use this address for it${asked(letter)}.`,
      'If that was you, confirm it. You need to be logged in to that account, or to know its password:',
      link('link confirm_email', letter, settings, 'Confirm address'),
      `${once(letter)} Once the change is made you log in with this address, and your other devices are logged out.`,
      'If it was not you, do not open the link. There is nothing else to do.',
    ],
  }),

  email_change: (app, letter, settings) => ({
    subject: `Your e-mail address for ${app} is to be changed`,
    heading: 'Your e-mail address is to be changed',
    preview: 'If this was not you, cancel the change.',
    blocks: [
      `Somebody who gave the password of your account at ${app} asked to use another address for it, ${newAddress(letter)}${asked(letter)}. The change is made when the link in the mail to the other address is opened.`,
      'If it was you, there is nothing to do. If it was not you, cancel the change. That also logs out the device that asked:',
      link('link cancel_email_change', letter, settings, 'Cancel the change'),
      `The link works while the change waits, until ${atTime(letter.expiresAt)} at the latest.`,
      'Then set a new password: whoever it was knows the one you have.',
    ],
  }),

  approve_email_change: (app, letter, settings) => ({
    subject: `Approve the new e-mail address for ${app}`,
    heading: 'Is your e-mail address to be changed?',
    preview: 'Nothing changes unless you approve it.',
    blocks: [
      `Somebody who is logged in to your account at ${app}, and did not give its password, asked to use another address for it, ${newAddress(letter)}${asked(letter)}. Nothing changes unless you approve it.`,
      'If it was you, approve the change. It also needs the link in the mail to the other address:',
      link('link approve_email_change', letter, settings, 'Approve the change'),
      'If it was not you, cancel the change. That also logs out the device that asked:',
      link('link cancel_email_change', letter, settings, 'Cancel the change'),
      `The links work until ${atTime(letter.expiresAt)}.`,
    ],
  }),

  revert_email_change: (app, letter, settings) => ({
    subject: `Your e-mail address for ${app} was changed`,
    heading: 'Your e-mail address was changed',
    preview: 'If this was not you, take the account back.',
    blocks: [
      `The e-mail address of your account at ${app} was changed on ${atTime(letter.createdAt)}. You log in with the new one, and mails go there. Other devices that were logged in have been logged out.`,
      'If it was you, there is nothing to do.',
      'If it was not you, take the account back. With the password that you had before the change it is yours again at once. Without it nobody can use the account for 72 hours, and then it has this address again, unless the new address proves that password:',
      link('link revert_email_change', letter, settings, 'Take the account back'),
      `The link works for ${lifetime(letter)}, until ${atTime(letter.expiresAt)}. For as long nobody else can use this address.`,
    ],
  }),

  email_change_reverted: (app, { createdAt }, { frontendUrl }) => ({
    subject: `An account at ${app} no longer has your address`,
    heading: 'The account went back to its old address',
    preview: 'The owner of the old address undid the change.',
    blocks: [
      `The change that gave your address to an account at ${app} was undone on ${atTime(createdAt)}, from the old address of the account. Everybody who was logged in has been logged out.`,
      'If the account is yours, the mailbox of its old address has a link to choose a new password.',
      { url: frontendUrl },
    ],
  }),

  account_frozen: (app, { createdAt }) => ({
    subject: `Your account at ${app} is frozen`,
    heading: 'The account is frozen',
    preview: 'It comes back to this address in 72 hours.',
    blocks: [
      `The link in an earlier mail to this address was used on ${atTime(createdAt)} to undo the change of address of an account at ${app}. Nobody can log in to the account or change anything in it for 72 hours. Then it has this address again, and a link to choose a password is mailed here.`,
      'If you know the password that the account had before the change, open the link in that earlier mail again and give it: then the account is back at once.',
      'The new address was told too. If it proves that password first, the account keeps the new address.',
    ],
  }),

  end_freeze: (app, letter, settings) => ({
    subject: `Your account at ${app} is frozen`,
    heading: 'Your account is frozen',
    preview: 'The old address says that the change was not meant.',
    blocks: [
      `On ${atTime(letter.createdAt)} somebody who reads the mailbox of the old address said that the change of your e-mail address at ${app} was not meant. Nobody can log in to the account or change anything in it until ${atTime(letter.expiresAt)}. Then it has its old address again.`,
      'If the change was yours, open the account again with the password that it had before the change:',
      link('link end_freeze', letter, settings, 'Open the account'),
      'If the change was not yours, there is nothing to do.',
    ],
  }),

  account_restored: (app, letter, settings) => ({
    subject: `Your account at ${app} is back`,
    heading: 'Your account is back',
    preview: 'Choose a new password to use it.',
    blocks: [
      `Your account at ${app} has this address again. Everybody who was logged in has been logged out, and the password is void. Choose a new one:`,
      link('link reset_password', letter, settings, 'Choose a new password'),
      `${once(letter)} Later, ask for another under “Forgot password”.`,
    ],
  }),

  deletion_requested: (app, letter, settings) => ({
    subject: `Your account at ${app} will be erased`,
    heading: 'Your account will be erased',
    preview: 'If this was not you, keep it.',
    blocks: [
      `Somebody who is logged in to your account at ${app} asked on ${atTime(letter.createdAt)} to delete it. It is disabled now, and erased with everything in it on ${atTime(letter.expiresAt)}.`,
      'If it was you, there is nothing to do. If it was not you, or you thought better of it, keep the account:',
      link('link undo_deletion', letter, settings, 'Keep my account'),
    ],
  }),

  account_deleted: (app, { createdAt }) => ({
    subject: `Your account at ${app} was deleted`,
    heading: 'Your account was deleted',
    preview: 'Everything in it is gone.',
    blocks: [
      `Your account at ${app} was deleted on ${atTime(createdAt)}, with everything in it. It cannot be brought back.`,
      'You can register again with this address at any time. This is the last mail about that account.',
    ],
  }),

  password_guessed: (app, { createdAt }, { frontendUrl }) => ({
    subject: `A device was logged out of ${app}`,
    heading: 'A device was logged out',
    preview: 'It gave a wrong password too often.',
    blocks: [
      `A device that was logged in to your account at ${app} gave a wrong password too often when it was asked for the current one. It was logged out on ${atTime(createdAt)}.`,
      'If it was you, log in again; if you do not remember your password, ask for a new one under “Forgot password”.',
      'If it was not you, somebody was logged in to your account without knowing the password. Set a new password, which logs out all other devices:',
      { url: frontendUrl },
    ],
  }),

  email_changed: (app, { createdAt }, { frontendUrl }) => ({
    subject: `Your e-mail address for ${app} was changed`,
    heading: 'Your e-mail address was changed',
    preview: 'This address no longer belongs to the account.',
    blocks: [
      `The e-mail address of your account at ${app} was changed on ${atTime(createdAt)}, by an administrator or back to an address that it had a few days ago. You log in with that one, and mails go there.`,
      'If you did not expect this, turn to whoever runs the service.',
      { url: frontendUrl },
    ],
  }),

  password_changed: (app, letter, settings) => ({
    subject: `Your password for ${app} was changed`,
    heading: 'Your password was changed',
    preview: 'If this was not you, end everything.',
    blocks: [
      `The password of your account at ${app} was changed on ${atTime(letter.createdAt)}. Other devices that were logged in have been logged out.`,
      'If it was you, there is nothing to do.',
      'If it was not you, somebody else has got into your account. End every session and make that password void; a link to choose another is mailed to you:',
      link('link end_sessions', letter, settings, 'End everything'),
      `The link works once, until ${atTime(letter.expiresAt)}.`,
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
