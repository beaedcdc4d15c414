import type { MailKind } from '../domain/mails.ts'
import { accountWords } from './account-words.ts'
import { factorWords } from './factor-words.ts'
import { atTime, circumstances, device, lifetime, link, once, type Wording } from './wording.ts'

/**
 * The words of each kind of mail. They contain nothing that a requester typed: whoever causes a mail to somebody else
 * must not choose its text.
 */
export const words: Record<MailKind, Wording> = {
  ...accountWords,
  ...factorWords,

  verify_email: (app, letter, settings) => ({
    subject: `Confirm your e-mail address for ${app}`,
    heading: 'Confirm your e-mail address',
    preview: `It was given for an account at ${app}.`,
    blocks: [
      `This address was given for an account at ${app}. ${circumstances(app, letter)} If it was you, confirm that the address is yours:`,
      link('link verify_email', letter, settings, 'Confirm address'),
      `The link works for ${lifetime(letter)}, until ${atTime(letter.expiresAt)}.`,
      'If it was not you, do not confirm it. Say that it was not you, so that whoever made the account cannot log in:',
      link('link reject_registration', letter, settings),
    ],
  }),

  set_password: (app, letter, settings) => ({
    subject: `Choose a password for ${app}`,
    heading: 'Choose a password',
    preview: `One step is left to open your account at ${app}.`,
    blocks: [
      `This address was registered at ${app}. ${circumstances(app, letter)} Choose a password to finish, which also confirms the address:`,
      link('link reset_password', letter, settings, 'Choose a password'),
      once(letter),
      'An earlier password does not count, since anybody could have chosen it. Only the one you choose here works.',
      'If you did not ask for an account, ignore this message. Without a password nobody can use it.',
    ],
  }),

  invite: (app, letter, settings) => ({
    subject: `Your account at ${app}`,
    heading: 'An account was made for you',
    preview: 'Choose a password to use it.',
    blocks: [
      `An administrator of ${app} made an account for this address. Choose a password to use it:`,
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
      'If it was not you, there is nothing to do. Whoever it was did not learn that you have an account.',
    ],
  }),

  password_guessed: (app, { createdAt }, { frontendUrl }) => ({
    subject: `A device was logged out of ${app}`,
    heading: 'A device was logged out',
    preview: 'It gave a wrong password too often.',
    blocks: [
      `A device that was logged in to your account at ${app} gave a wrong password too often and was logged out on ${atTime(createdAt)}.`,
      'If it was you, log in again; if you do not remember your password, ask for a new one under “Forgot password”.',
      'If it was not you, somebody was logged in to your account without knowing the password. Set a new password, which logs out all other devices:',
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
      'If it was not you, somebody else is in your account. End every session and void that password; a link to choose another is mailed to you:',
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
      `On ${atTime(letter.createdAt)} somebody logged in to your account at ${app} from a new device.`,
      `The device: ${device(letter.detail) ?? 'not known'}.`,
      'If it was you, there is nothing to do. If it was not you, log it out:',
      link('link end_session', letter, settings, 'Log out that device'),
      `The link works for ${lifetime(letter)}, until ${atTime(letter.expiresAt)}.`,
      'Whoever it was knows your password. Ask for a new one under “Forgot password”:',
      { url: settings.frontendUrl },
    ],
  }),

  second_factor_failed: (app, { createdAt }, { frontendUrl }) => ({
    subject: `Somebody may have your password for ${app}`,
    heading: 'Somebody may have your password',
    preview: 'The code that came with it was wrong three times.',
    blocks: [
      `On ${atTime(createdAt)} somebody gave the password of your account at ${app}, and then a wrong code three times. Nobody was logged in.`,
      'If it was you, check that the clock of your phone is right, or use a recovery code.',
      'If it was not you, somebody knows your password. Choose a new one under “Forgot password”:',
      { url: frontendUrl },
    ],
  }),

  recovery_code_used: (app, letter, settings) => ({
    subject: `A recovery code was used at ${app}`,
    heading: 'A recovery code was used',
    preview: 'If this was not you, log that device out.',
    blocks: [
      `On ${atTime(letter.createdAt)} somebody logged in to your account at ${app} with your password and a recovery code. That code does not work again; you have ${letter.detail.left} left.`,
      `The device: ${device(letter.detail) ?? 'not known'}.`,
      'If it was you, make new codes before you run out of them. If it was not you, log that device out:',
      link('link end_session', letter, settings, 'Log out that device'),
      `The link works for ${lifetime(letter)}, until ${atTime(letter.expiresAt)}.`,
      'Whoever it was knows your password and has your recovery codes. Choose a new password under “Forgot password”, and then make new codes:',
      { url: settings.frontendUrl },
    ],
  }),

  refresh_reuse: (app, { createdAt }, { frontendUrl }) => ({
    subject: `A device was logged out of ${app}`,
    heading: 'A device was logged out',
    preview: 'A key that kept it logged in was used twice.',
    blocks: [
      `A key that kept one of your devices logged in to ${app} was used twice on ${atTime(createdAt)}. Such a key works only once, so somebody may have a copy of it. That device, and whoever has the copy, were logged out.`,
      'Your password was not changed, and your other devices are still logged in.',
      'Log in again on that device. To be safe, change your password too, which logs out all other devices:',
      { url: frontendUrl },
      'A device that lost its connection at a bad moment can cause this too. If it happens again, do change your password.',
    ],
  }),
}
