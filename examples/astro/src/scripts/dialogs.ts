import { type CallOptions, GatehouseError, passkeysWork, proveWithPasskey } from 'gatehouse-auth'
import { auth } from './client.ts'
import { byId } from './dom.ts'
import { onSubmit, showError } from './forms.ts'

/** The user cancelled. Nothing has happened, and there is nothing to report. */
export class Cancelled extends Error {}

/** Turns the browser's refusal of a passkey into {@link Cancelled}: the user declined, or gave no answer in time. */
export const unlessDeclined = async <T>(asked: Promise<T>): Promise<T> => {
  try {
    return await asked
  } catch (error) {
    const declined = error instanceof DOMException && ['NotAllowedError', 'AbortError'].includes(error.name)
    throw declined ? new Cancelled() : error
  }
}

let proof: string | undefined

/**
 * Asks for the password until it is right, and for a second factor if the account has one. Rejects with
 * {@link Cancelled} if the user gives up.
 * @returns a proof for one request of this session within a minute
 */
const askForPassword = () =>
  new Promise<string | undefined>((resolve, reject) => {
    const dialog = byId<HTMLDialogElement>('password-dialog')
    const form = dialog.querySelector('form')!
    const otp = byId<HTMLInputElement>('dialog-otp')
    // Asked for only if the service wants it.
    otp.required = !byId('dialog-second').hidden
    if (!form.dataset.ready) {
      form.dataset.ready = 'yes'
      onSubmit(form, async (values) => {
        const { password = '', otp: code = '' } = values
        try {
          proof = (await auth.reauthenticate({ password, ...(code && { otp: code }) })).proof
          dialog.close('done')
        } catch (error) {
          if (!(error instanceof GatehouseError) || error.code !== 'second_factor_required') throw error
          const usable = error.secondFactor?.methods.includes('passkey') === true && passkeysWork()
          byId('dialog-second').hidden = false
          byId('dialog-passkey').hidden = !usable
          otp.required = true
          byId(usable ? 'dialog-passkey' : 'dialog-otp').focus()
        }
      })
      byId('dialog-passkey').addEventListener('click', async () => {
        try {
          proof = (await unlessDeclined(proveWithPasskey(auth))).proof
          dialog.close('done')
        } catch (error) {
          showError(form, error)
        }
      })
      form.querySelector('[data-cancel]')!.addEventListener('click', () => dialog.close('cancelled'))
    }
    form.reset()
    dialog.returnValue = ''
    dialog.addEventListener(
      'close',
      () => {
        form.reset()
        return dialog.returnValue === 'done' ? resolve(proof) : reject(new Cancelled())
      },
      { once: true },
    )
    dialog.showModal()
  })

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

/** Asks for the password and runs the action with it: taking over an account must require more than an open session. */
export const proven = async <T>(action: (options: CallOptions) => Promise<T>): Promise<T> => {
  return action({ proof: await askForPassword() })
}

type Question = { title: string; text: string; action: string; bad?: boolean }

/**
 * Asks for a confirmation of something that cannot be undone. Rejects with {@link Cancelled} unless it is confirmed.
 */
export const confirmed = ({ title, text, action, bad = false }: Question) =>
  new Promise<void>((resolve, reject) => {
    const dialog = byId<HTMLDialogElement>('confirm-dialog')
    byId('confirm-dialog-title').textContent = title
    byId('confirm-dialog-text').textContent = text
    const button = byId('confirm-dialog-action')
    button.textContent = action
    button.classList.toggle('bad', bad)
    dialog.returnValue = ''
    dialog.addEventListener('close', () => (dialog.returnValue === 'confirm' ? resolve() : reject(new Cancelled())), {
      once: true,
    })
    dialog.showModal()
  })
