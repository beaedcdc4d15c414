import { byId, show } from '../dom.ts'
import { onSubmit } from '../forms.ts'
import { post } from '../post.ts'
import { Refusal } from '../refusal.ts'

/** The token of the link. It leaves the address bar, so that no history or screenshot keeps it. */
const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
history.replaceState(null, '', location.pathname)

show(token ? 'ready' : 'void')

onSubmit(byId<HTMLFormElement>('form'), async ({ email = '', password = '' }) => {
  try {
    await post('/api/auth/first-admin', { token, email, password })
    location.assign('/console')
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'not_found') throw error
    show('void')
  }
})
