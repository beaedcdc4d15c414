import { byId, showDone, takeToken } from './dom.ts'
import { onSubmit } from './forms.ts'

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
    await act(token, values)
    showDone(form)
  })
}
