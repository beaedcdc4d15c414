import { byId, show, tell, toastNext } from './dom.ts'
import { clear, onSubmit } from './forms.ts'
import { passkeysWork } from './passkeys.ts'
import { post } from './post.ts'
import { Refusal } from './refusal.ts'
import { time } from './times.ts'
import { tag, word } from './words.ts'

/** The second step of a log-in: a passkey, a code, a recovery code, or the way for people who have lost them all. */

type Needs = {
  /** Ends the log-in with the reply of the service. */
  done: (reply: object) => void
  /** The step took too long: back to the first one. */
  expired: () => void
  byPasskey: (form: HTMLFormElement, trust: boolean) => Promise<void>
}

/** Returns hours as people say them: whole days as days. */
const duration = (hours: number) => {
  const [count, unit] = hours % 24 === 0 ? [hours / 24, 'day'] : [hours, 'hour']
  return new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
}

const isExpired = (error: unknown) => error instanceof Refusal && error.code === 'invalid_token'

/** @returns a function that asks for what the refusal of the first step names */
export const prepareSecond = ({ done, expired, byPasskey }: Needs) => {
  const form = byId<HTMLFormElement>('second')
  const lost = byId<HTMLFormElement>('lost')
  const trust = byId<HTMLInputElement>('trust')
  let passkey = false

  /** Asks for a recovery code, or for the code of an app. */
  const askFor = (recovery: boolean) => {
    form.reset()
    clear(form)
    byId('codes-locked').hidden = true
    byId('by-recovery').hidden = !recovery
    byId('by-code').hidden = recovery
    byId('other-way').textContent = recovery ? word('page.sign_in.use_code') : word('page.sign_in.use_recovery')
    show('second')
    byId(recovery ? 'recovery_code' : passkey ? 'second-passkey' : 'code').focus()
  }

  onSubmit(form, async (fields) => {
    byId('codes-locked').hidden = true
    try {
      // A recovery code is for a lost device, and makes no device a trusted one.
      const trusts = trust.checked && 'code' in fields
      const reply = await post('/api/auth/login/code', { ...fields, ...(trusts && { trust_device: true }) })
      const { recovery_codes_left: left } = reply as { recovery_codes_left?: number }
      if (left !== undefined) toastNext(word('page.sign_in.codes_left', { n: left }))
      done(reply)
    } catch (error) {
      if (isExpired(error)) return expired()
      byId('codes-locked').hidden = !(error instanceof Refusal && error.code === 'rate_limited')
      throw error
    }
  })

  byId('second-passkey').addEventListener('click', () => void byPasskey(form, trust.checked))
  byId('other-way').addEventListener('click', () => askFor(byId('by-recovery').hidden === true))
  byId('lost-factor').addEventListener('click', () => {
    clear(lost)
    show('lost')
  })
  byId('lost-recovery').addEventListener('click', () => askFor(true))
  byId('lost-back').addEventListener('click', () => show('second'))

  onSubmit(lost, async () => {
    try {
      const { ready_at } = await post('/api/auth/recover-factors', {})
      tell(byId('waiting'), word('page.sign_in.waiting_text', { time: time(ready_at) }))
      show('waiting')
    } catch (error) {
      if (!isExpired(error)) throw error
      expired()
    }
  })

  return ({ methods, trustDays, recoveryHours }: Refusal) => {
    const app = methods.includes('totp')
    passkey = methods.includes('passkey') && passkeysWork()
    byId('second-passkey').hidden = !passkey
    byId('other-way').hidden = !app
    byId('may-trust').hidden = !trustDays
    byId('trust-label').textContent = word('page.sign_in.trust', { n: trustDays ?? 0 })
    byId('lost-recovery').hidden = !methods.includes('recovery_code')
    byId('may-recover').hidden = !recoveryHours
    byId('lost-operator').hidden = Boolean(recoveryHours)
    if (recoveryHours) byId('lost-wait').textContent = word('page.sign_in.lost_wait', { wait: duration(recoveryHours) })
    askFor(!app)
    if (passkey) byId('second-passkey').focus()
  }
}
