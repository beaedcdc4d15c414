import { type CallOptions, GatehouseError, passkeysWork, proveWithPasskey } from '../../client/index.ts'
import { auth } from './client.ts'
import { byId } from './dom.ts'
import { onSubmit, refuse } from './forms.ts'
import { Cancelled } from './refusal.ts'

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

const prepare = (dialog: HTMLDialogElement, form: HTMLFormElement) => {
  const done = (reply: { proof?: string }) => {
    proof = reply.proof
    dialog.close('done')
  }
  onSubmit(form, async ({ password = '', otp = '' }) => {
    try {
      done(await auth.reauthenticate({ password, ...(otp && { otp }) }))
    } catch (error) {
      if (!(error instanceof GatehouseError) || error.code !== 'second_factor_required') throw error
      const usable = error.secondFactor?.methods.includes('passkey') === true && passkeysWork()
      byId('dialog-second').hidden = false
      byId('dialog-passkey').hidden = !usable
      byId(usable ? 'dialog-passkey' : 'dialog-otp').focus()
    }
  })
  byId('dialog-passkey').addEventListener('click', () =>
    unlessDeclined(proveWithPasskey(auth)).then(done, (error) => refuse(form, error)),
  )
  byId('password-cancel').addEventListener('click', () => dialog.close('cancelled'))
  prepared = true
}

/** Shows the parts of the dialog that fit the account: without a password, a passkey proves who it is. */
const fitTo = (hasPassword: boolean) => {
  for (const id of ['dialog-first', 'dialog-code', 'password-continue']) byId(id).hidden = !hasPassword
  byId('dialog-no-password').hidden = hasPassword
  byId('dialog-second').hidden = hasPassword
  byId('dialog-passkey').hidden = !passkeysWork()
}

/**
 * Asks for the password until it is right, and for a second factor if the account has one. Rejects with
 * {@link Cancelled} if the user gives up.
 * @returns a proof for one request of this session within a minute
 */
const askForPassword = async () => {
  const dialog = byId<HTMLDialogElement>('password-dialog')
  const form = dialog.querySelector('form')!
  if (!prepared) prepare(dialog, form)
  form.reset()
  fitTo((await auth.getProfile()).has_password)
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
