import { carryAddress } from './address.ts'
import { byId, toast } from './dom.ts'
import { onSubmit } from './forms.ts'
import { post } from './post.ts'
import { word } from './words.ts'

carryAddress()

onSubmit(byId<HTMLFormElement>('form'), async ({ email = '' }) => {
  await post('/api/auth/resend-verification', { email })
  toast(word('page.sign_in.sent'))
})
