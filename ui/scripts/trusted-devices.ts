import { auth } from './client.ts'
import { byId, make, toast } from './dom.ts'
import { onPress } from './forms.ts'
import { date, time } from './times.ts'
import { word } from './words.ts'

/** The part of the security page about devices on which log-ins need no second factor. */

const forgotten = async () => {
  await load()
  byId(byId('trusted-card').hidden ? 'factors-title' : 'trusted-title').focus()
  toast(word('page.security.forgotten'))
}

const load = async () => {
  const { trusted_devices: devices } = await auth.listTrustedDevices()
  byId('trusted-card').hidden = devices.length === 0
  byId('trusted').replaceChildren(
    ...devices.map(({ id, name, last_used_at: used, expires_at: until }) => {
      const notes = [
        word('page.security.used', { time: time(used) }),
        word('page.security.trusted_until', { date: date(until) }),
      ]
      const forget = make(
        'button',
        { class: 'button quiet small', type: 'button', 'aria-label': word('page.security.forget_name', { name }) },
        word('page.security.forget'),
      )
      onPress(forget, async () => {
        await auth.forgetTrustedDevice({ id })
        await forgotten()
      })
      const facts = make('p', { class: 'small muted' }, notes.join(' · '))
      return make('li', {}, make('div', {}, make('p', {}, make('strong', {}, name)), facts), forget)
    }),
  )
}

/** Shows the trusted devices, if there are any. */
export const showTrustedDevices = async () => {
  onPress(byId('forget-all'), async () => {
    await auth.forgetTrustedDevices()
    await forgotten()
  })
  await load()
}
