import { type CallOptions, GatehouseError } from 'gatehouse-auth'
import { auth } from './client.ts'
import { byId } from './dom.ts'
import { onSubmit } from './forms.ts'

/** The user cancelled. Nothing has happened, and there is nothing to report. */
export class Cancelled extends Error {}

let proof: string | undefined

/**
 * Asks for the password until it is right, and for a code if the account has a second factor. Rejects with {@link Cancelled} if it is not given.
 * @returns a proof for one request of this session within a minute
 */
const askForPassword = () =>
  new Promise<string | undefined>((resolve, reject) => {
    const dialog = byId<HTMLDialogElement>('password-dialog')
    const form = dialog.querySelector('form')!
    if (!form.dataset.ready) {
      form.dataset.ready = 'yes'
      onSubmit(form, async (values) => {
        const { password = '', otp = '' } = values
        try {
          proof = (await auth.reauthenticate({ password, ...(otp && { otp }) })).proof
          dialog.close('done')
        } catch (error) {
          if (!(error instanceof GatehouseError) || error.code !== 'second_factor_required') throw error
          byId('dialog-second').hidden = false
          byId('dialog-otp').focus()
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
