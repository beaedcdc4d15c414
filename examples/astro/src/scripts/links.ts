import { byId, takeToken } from './dom.ts'
import { onSubmit, showError } from './forms.ts'

/**
 * A page that a mailed link leads to: it acts when its button is pressed, never by itself, so that a scanner that opens
 * links does nothing.
 */
export const onLink = (act: (token: string, values: Record<string, string>) => Promise<void>) => {
  const form = byId<HTMLFormElement>('link-form')
  const token = takeToken()
  if (!token) {
    form.hidden = true
    byId('no-token').hidden = false
    return
  }
  onSubmit(form, async (values) => {
    try {
      await act(token, values)
      form.hidden = true
      const done = byId('done')
      done.hidden = false
      done.focus()
    } catch (error) {
      showError(form, error)
    }
  })
}
