import { byId, showDone, takeToken } from './dom.ts'
import { onSubmit } from './forms.ts'

/**
 * Runs a page of a mailed link. It acts when its button is pressed, never by itself, so that a mail scanner that opens
 * links does nothing.
 * @param act returns the message of the reply, if it replaces the page's own words; false if it showed what comes next
 */
export const onLink = (act: (token: string, values: Record<string, string>) => Promise<unknown>) => {
  const form = byId<HTMLFormElement>('link-form')
  const token = takeToken()
  // Another link opened in the same tab changes the fragment and loads nothing.
  addEventListener('hashchange', () => location.hash && location.reload())
  if (!token) {
    form.hidden = true
    byId('no-token').hidden = false
    return
  }
  onSubmit(form, async (values) => {
    const said = await act(token, values)
    if (said === false) return
    // What happened may depend on the request, so the service's own message is shown.
    if (typeof said === 'string') byId('done').querySelector('p')!.textContent = said
    showDone(form)
  })
}
