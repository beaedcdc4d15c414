import { createClient, type Tokens } from 'gatehouse-auth'

/** The URL of the service, without a slash at its end. */
export const service = import.meta.env.VITE_GATEHOUSE_URL.replace(/\/+$/, '')

/**
 * An entry of `localStorage`, which survives a reload and is shared by all tabs. Every script of this page can read it:
 * README.md says what that means.
 */
const entry = <T>(key: string) => ({
  key,
  get: (): T | undefined => {
    const text = localStorage.getItem(key)
    return text === null ? undefined : (JSON.parse(text) as T)
  },
  set: (value: T | undefined) => {
    if (value === undefined) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(value))
  },
})

const tokens = entry<Tokens>('tokens')

/** Whether this browser has tokens. Whether they still work is known only to the service. */
export const hasTokens = () => tokens.get() !== undefined

/**
 * Creates the client of this app.
 * @param onChange called when somebody logged in or out in another tab, or when the session has ended
 */
export const createAuth = (onChange: () => void) => {
  const userOf = (text: string | null) => text && (JSON.parse(text) as Tokens).userId
  // A refresh in another tab changes the tokens and not the user. `clear()` gives the event no key.
  addEventListener('storage', ({ key, oldValue, newValue }) => {
    if (key === null || (key === tokens.key && userOf(oldValue) !== userOf(newValue))) onChange()
  })
  return createClient({
    url: service,
    tokens,
    // Neither grants access. With the first, guesses of strangers do not lock this browser out; with the second, a log-in
    // by password needs no second factor for some days, if the user has said so.
    device: entry<string>('device'),
    trust: entry<string>('trust'),
    onSignedOut: onChange,
    onUserChanged: onChange,
  })
}
