import { carryAddress } from './address.ts'
import { byId, show } from './dom.ts'
import { onSubmit } from './forms.ts'
import { post } from './post.ts'

carryAddress()

onSubmit(byId<HTMLFormElement>('form'), async ({ email = '' }) => {
  await post('/api/auth/forgot-password', { email })
  show('sent')
})
