import { auth } from '../client.ts'
import { confirmed, withPassword } from '../dialogs.ts'
import { byId, make } from '../dom.ts'
import { onPress } from '../forms.ts'
import { time } from '../times.ts'
import { word } from '../words.ts'
import { entry, fill } from './show.ts'

/**
 * The list of a user's second factors, each with a button that removes it.
 * @param shown called after a removal: shows what else it changed
 */
export const showFactors = (id: string, shown: () => Promise<unknown>) => {
  const remover = (factor: string, name: string) => {
    const label = word('page.security.remove_name', { name })
    const attributes = { class: 'button quiet bad small', type: 'button', 'aria-label': label }
    const button = make('button', attributes, word('word.remove'))
    onPress(button, async () => {
      await confirmed({
        title: word('page.security.remove_question', { name }),
        text: word('console.user.remove_factor_text'),
        action: word('word.remove'),
        bad: true,
      })
      await withPassword(() => auth.admin.removeUserFactor({ id, factor }))
      await changed()
      // The button is gone.
      byId('factors-title').focus()
    })
    return button
  }

  const listed = (factor: string, name: string, facts: string) => entry(name, facts, remover(factor, name))

  const load = async () => {
    const { totp, passkeys } = await auth.admin.listUserFactors({ id })
    const passkey = word('console.user.passkey')
    const entries = [
      ...totp.map(({ id, name, created_at }) => listed(id, name ?? word('console.user.app'), time(created_at))),
      ...passkeys.map(({ id, name, created_at }) => listed(id, name, `${passkey} · ${time(created_at)}`)),
    ]
    fill('factors', entries, word('console.user.no_factors'))
  }

  const changed = () => Promise.all([load(), shown()])

  return { load, changed }
}
