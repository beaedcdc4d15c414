import { carryAddress, keepAddress } from './address.ts'
import { byId, toastNext } from './dom.ts'
import { onSubmit } from './forms.ts'
import { post } from './post.ts'
import { word } from './words.ts'

const form = document.getElementById('form')

if (form) {
  carryAddress()
  onSubmit(byId<HTMLFormElement>('form'), async ({ name, email = '', password = '' }) => {
    const made = await post('/api/auth/register', { email, password, name: name || null })
    keepAddress(email)
    // A service that does not require verification answers with the user.
    if ('id' in made) toastNext(word('page.sign_up.done'))
    location.assign(('id' in made ? '/sign-in' : '/check-your-mail') + location.search)
  })
}
