import { type CallOptions, GatehouseError, passkeysWork, proveWithPasskey } from '../../client/index.ts'
import { auth } from './client.ts'
import { byId } from './dom.ts'
import { clear, onPress, onSubmit, refuse } from './forms.ts'
import { Cancelled } from './refusal.ts'
import { word } from './words.ts'

/** Turns the browser's refusal of a passkey into {@link Cancelled}: the user declined, or gave no answer in time. */
export const unlessDeclined = async <T>(asked: Promise<T>): Promise<T> => {
  try {
    return await asked
  } catch (error) {
    const declined = error instanceof DOMException && ['NotAllowedError', 'AbortError'].includes(error.name)
    throw declined ? new Cancelled() : error
  }
}

/** Opens a dialog. Rejects with {@link Cancelled} unless it is closed with this value. */
const opened = (dialog: HTMLDialogElement, value: string) =>
  new Promise<void>((resolve, reject) => {
    dialog.returnValue = ''
    dialog.addEventListener('close', () => (dialog.returnValue === value ? resolve() : reject(new Cancelled())), {
      once: true,
    })
    dialog.showModal()
  })

let proof: string | undefined
let prepared = false

const shows = (id: string, is: boolean) => {
  byId(id).hidden = !is
}

/** Shows the second factors that the account has, beside what was given first. */
const askForSecond = (error: unknown) => {
  if (!(error instanceof GatehouseError) || error.code !== 'second_factor_required') throw error
  const usable = error.secondFactor?.methods.includes('passkey') === true && passkeysWork()
  for (const id of ['dialog-second', 'dialog-code']) shows(id, true)
  shows('dialog-passkey', usable)
  byId(usable ? 'dialog-passkey' : 'dialog-otp').focus()
}

/** Mails a code to somebody without a password or, while nobody logs in by mail, a link to set one. */
const prepareMail = (form: HTMLFormElement) => {
  const text = byId('dialog-mail-text')
  const failed = (error: unknown) => refuse(form, error)
  const button = (id: string, act: (email: string) => Promise<void>) => {
    const found = document.getElementById(id)
    if (found) onPress(found, async () => act((await auth.getProfile()).email), failed)
  }
  button('dialog-send', async (email) => {
    const again = !byId('dialog-mailed').hidden
    await auth.askForLogInMail({ email })
    text.textContent = again ? word('page.sign_in.mailed_again') : word('dialog.mailed_text', { email })
    shows('dialog-mail-text', true)
    byId('dialog-send').textContent = word('page.sign_in.mail_again')
    for (const id of ['dialog-mailed', 'password-continue']) shows(id, true)
    byId('dialog-mail-code').focus()
  })
  button('dialog-set-password', async (email) => {
    await auth.forgotPassword({ email })
    text.textContent = word('page.security.link_sent', { email })
  })
}

const prepare = (dialog: HTMLDialogElement, form: HTMLFormElement) => {
  const done = (reply: { proof?: string | undefined }) => {
    proof = reply.proof
    dialog.close('done')
  }
  // The fields are those that the dialog shows.
  onSubmit(form, async ({ password, mail_code, otp }) => {
    try {
      done(await auth.reauthenticate({ password, mail_code, ...(otp && { otp }) }))
    } catch (error) {
      askForSecond(error)
    }
  })
  byId('dialog-passkey').addEventListener('click', () =>
    unlessDeclined(proveWithPasskey(auth)).then(done, (error) => refuse(form, error)),
  )
  byId('password-cancel').addEventListener('click', () => dialog.close('cancelled'))
  prepareMail(form)
  prepared = true
}

/** Shows the parts of the dialog that fit the account: without a password, a passkey or a mail proves who it is. */
const showFitting = async () => {
  const { has_password: hasPassword, email } = await auth.getProfile()
  const usable = !hasPassword && passkeysWork() && (await auth.listFactors()).passkeys.length > 0
  for (const id of ['dialog-first', 'password-continue']) shows(id, hasPassword)
  for (const id of ['dialog-no-password', 'dialog-second', 'dialog-passkey']) shows(id, usable)
  shows('dialog-code', hasPassword)
  shows('dialog-mail', !hasPassword)
  shows('dialog-mailed', false)
  shows('dialog-mail-text', !usable)
  const send = document.getElementById('dialog-send')
  if (!send) return
  send.textContent = word('page.sign_in.by_mail')
  byId('dialog-mail-text').textContent = word('dialog.mail_text', { email })
}

/**
 * Asks for the password until it is right, and for a second factor if the account has one. Without a password, asks for
 * a passkey or the code of a mail. Rejects with {@link Cancelled} if the user gives up.
 * @returns a proof for one request of this session within a minute
 */
const askForPassword = async () => {
  const dialog = byId<HTMLDialogElement>('password-dialog')
  const form = dialog.querySelector('form')!
  if (!prepared) prepare(dialog, form)
  form.reset()
  clear(form)
  await showFitting()
  try {
    await opened(dialog, 'done')
  } finally {
    form.reset()
  }
  return proof
}

/** Runs the action. If the service requires the password first, asks for it and runs the action again. */
export const withPassword = async <T>(action: () => Promise<T>): Promise<T> => {
  try {
    return await action()
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== 'reauthentication_required') throw error
    await askForPassword()
    return action()
  }
}

/**
 * Asks for the password and runs the action with the proof: taking over an account must require more than an open
 * session.
 */
export const proven = async <T>(action: (options: CallOptions) => Promise<T>): Promise<T> =>
  action({ proof: await askForPassword() })

type Question = { title: string; text: string; action: string; bad?: boolean }

/**
 * Asks for a confirmation of something that cannot be undone. Rejects with {@link Cancelled} unless it is confirmed.
 */
export const confirmed = ({ title, text, action, bad = false }: Question): Promise<void> => {
  byId('confirm-dialog-title').textContent = title
  byId('confirm-dialog-text').textContent = text
  const button = byId('confirm-dialog-action')
  button.textContent = action
  button.classList.toggle('bad', bad)
  return opened(byId<HTMLDialogElement>('confirm-dialog'), 'confirm')
}
