import type { MailKind } from '../domain/mails.ts'
import { asked, atTime, lifetime, link, newAddress, once, type Wording } from './wording.ts'

/** The words of mails about an account's address and its end. */
export const accountWords = {
  address_reserved: (app, { detail }) => ({
    subject: `This address cannot be used at ${app} yet`,
    heading: 'This address cannot be used yet',
    preview: 'It belonged to an account until a few days ago.',
    blocks: [
      `Somebody tried to register at ${app} with this address. Until a few days ago it belonged to an account that may still return to it. So the address is reserved for that account until ${atTime(new Date(Number(detail.until)))}, and no account was made.`,
      'If it was you who tried, register again after that time.',
      'If the account was yours and you did not give it another address, open the link in the mail about the change.',
    ],
  }),

  confirm_email: (app, letter, settings) => ({
    subject: `Confirm your new e-mail address for ${app}`,
    heading: 'Confirm your new e-mail address',
    preview: `Somebody wants to use it for an account at ${app}.`,
    blocks: [
      `Somebody who is logged in to the account ${letter.detail.account ?? 'of another address'} at ${app} asked to use this address for it${asked(letter)}.`,
      'If that was you, confirm it. You need to be logged in to that account, or to know its password:',
      link('link confirm_email', letter, settings, 'Confirm address'),
      `${once(letter)} Once the change is made you log in with this address, and your other devices are logged out.`,
      'If it was not you, do not open the link. There is nothing else to do.',
    ],
  }),

  email_change: (app, letter, settings) => ({
    subject: `Your e-mail address for ${app} is about to change`,
    heading: 'Your e-mail address is about to change',
    preview: 'If this was not you, cancel the change.',
    blocks: [
      `Somebody who entered the password of your account at ${app} asked to use another address for it, ${newAddress(letter)}${asked(letter)}. The change is made when the link in the mail to the other address is opened.`,
      'If it was you, there is nothing to do. If it was not you, cancel the change. That also logs out the device that asked:',
      link('link cancel_email_change', letter, settings, 'Cancel the change'),
      `The link works while the change waits, until ${atTime(letter.expiresAt)} at the latest.`,
      'Then set a new password: whoever it was knows the one you have.',
    ],
  }),

  approve_email_change: (app, letter, settings) => ({
    subject: `Approve the new e-mail address for ${app}`,
    heading: 'Approve the new e-mail address?',
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
      'If it was not you, take the account back. With the password that you had before the change it is yours again at once. Without that password, nobody can use the account for 72 hours; then it returns to this address, unless somebody at the new address enters that password:',
      link('link revert_email_change', letter, settings, 'Take the account back'),
      `The link works for ${lifetime(letter)}, until ${atTime(letter.expiresAt)}. Until then nobody else can use this address.`,
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
      `The link in an earlier mail to this address was used on ${atTime(createdAt)} to undo the change of address of an account at ${app}. Nobody can log in to the account or change anything in it for 72 hours. Then it returns to this address, and a link to choose a password is mailed here.`,
      'If you know the password that the account had before the change, open the link in that earlier mail again and enter it: then the account is back at once.',
      'The new address was informed too. If somebody there enters that password first, the account keeps the new address.',
    ],
  }),

  end_freeze: (app, letter, settings) => ({
    subject: `Your account at ${app} is frozen`,
    heading: 'Your account is frozen',
    preview: 'The change of address was disputed from the old address.',
    blocks: [
      `Somebody who reads the mailbox of the old address disputed the change of your e-mail address at ${app} on ${atTime(letter.createdAt)}. Nobody can log in to the account or change anything in it until ${atTime(letter.expiresAt)}. Then it returns to its old address.`,
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
      'If it was you, there is nothing to do. If it was not you, or you changed your mind, keep the account:',
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

  email_changed: (app, { createdAt }, { frontendUrl }) => ({
    subject: `Your e-mail address for ${app} was changed`,
    heading: 'Your e-mail address was changed',
    preview: 'This address no longer belongs to the account.',
    blocks: [
      `The e-mail address of your account at ${app} was changed on ${atTime(createdAt)}, by an administrator, or because the account went back to an address that it had a few days ago. Log in with the new address from now on; mails go there too.`,
      'If you did not expect this, contact the operator of the service.',
      { url: frontendUrl },
    ],
  }),
} satisfies Partial<Record<MailKind, Wording>>
