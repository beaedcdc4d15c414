import { auth } from './client.ts'
import { confirmed, proven, withPassword } from './dialogs.ts'
import { byId, make, toast, toastNext } from './dom.ts'
import { onPress, pageError } from './forms.ts'
import { showConsoleLink } from './people.ts'
import { tag, word } from './words.ts'

/** Milliseconds after which a browser has read the file. */
const keptMs = 60_000

onPress(byId('export'), async () => {
  const held = await withPassword(() => auth.exportAccount())
  const href = URL.createObjectURL(new Blob([JSON.stringify(held, null, 2)], { type: 'application/json' }))
  make('a', { href, download: 'my-data.json' }).click()
  setTimeout(() => URL.revokeObjectURL(href), keptMs)
  toast(word('page.data.downloaded'))
})

onPress(byId('delete'), async () => {
  await confirmed({
    title: word('page.data.delete_question'),
    text: word('page.data.delete_warning'),
    action: word('page.data.delete_for_good'),
    bad: true,
  })
  const { message } = await proven((options) => auth.deleteAccount({}, options))
  // The service's own sentence says when, but in English.
  toastNext(tag === 'en' ? message : word('page.data.deleted'))
  location.assign('/')
})

auth.getProfile().then(showConsoleLink).catch(pageError)
