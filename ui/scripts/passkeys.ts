import { post } from './post.ts'
import { Refusal } from './refusal.ts'

/** Log-in with passkeys: what the browser's own JSON functions (WebAuthn Level 3 §5.1) leave to the page. */

type Signals = { signalUnknownCredential?: (one: { rpId: string; credentialId: string }) => Promise<void> }

const browsers = () => globalThis.PublicKeyCredential as unknown as (typeof PublicKeyCredential & Signals) | undefined

/** Whether this browser has passkeys, and the functions for them that pages need. */
export const passkeysWork = (): boolean => typeof browsers()?.parseRequestOptionsFromJSON === 'function'

/** Whether the browser can offer passkeys in the field for the address. */
export const passkeysFillFields = async (): Promise<boolean> =>
  passkeysWork() && (await browsers()?.isConditionalMediationAvailable?.()) === true

/** Milliseconds after which a waiting browser gets new options: a challenge is valid for five minutes. */
const renewMs = 4 * 60_000

type Wish = {
  /** It is the second factor of a log-in that has begun. */
  second?: boolean
  /** The device is to be trusted from now on. */
  trust?: boolean
  /** The browser waits until the user chooses a passkey in a field. */
  inField?: boolean
  /** Ends the wait. */
  signal: AbortSignal
}

const asked = async (step: object, inField: boolean, signal: AbortSignal) => {
  const { public_key } = await post('/api/auth/login/passkey/options', step)
  const publicKey = browsers()!.parseRequestOptionsFromJSON(public_key as never)
  const mediation = inField ? { mediation: 'conditional' as const } : {}
  const credential = (await navigator.credentials.get({ publicKey, ...mediation, signal })) as PublicKeyCredential
  return { credential, rpId: publicKey.rpId! }
}

/** Returns an answer of any passkey of this site, for a request that posts it. Undefined if the user declined. */
export const anyPasskey = async (): Promise<object | undefined> => {
  try {
    return (await asked({}, false, new AbortController().signal)).credential.toJSON()
  } catch (error) {
    if (declined(error)) return
    throw error
  }
}

const declined = (error: unknown) =>
  error instanceof DOMException && ['NotAllowedError', 'AbortError'].includes(error.name)

/** Begins again with new options while the browser waits, because a challenge expires. */
const awaited = async (step: object, inField: boolean, signal: AbortSignal) => {
  for (;;) {
    const renewed = AbortSignal.timeout(renewMs)
    try {
      signal.throwIfAborted()
      return await asked(step, inField, inField ? AbortSignal.any([signal, renewed]) : signal)
    } catch (error) {
      if (!inField || !renewed.aborted || signal.aborted) throw error
    }
  }
}

/**
 * Logs in with a passkey. Undefined if the user declined, or gave no answer in time.
 * @throws {Refusal}
 */
export const logInWithPasskey = async ({ second = false, trust = false, inField = false, signal }: Wish) => {
  const step = second ? { second_step: true } : {}
  try {
    const { credential, rpId } = await awaited(step, inField, signal)
    try {
      return await post('/api/auth/login/passkey', {
        ...step,
        ...(trust && { trust_device: true }),
        credential: credential.toJSON(),
      })
    } catch (error) {
      // The browser need not offer this passkey again.
      if (error instanceof Refusal && error.unknownCredential)
        await browsers()
          ?.signalUnknownCredential?.({ rpId, credentialId: credential.id })
          .catch(() => {})
      throw error
    }
  } catch (error) {
    if (declined(error)) return
    throw error
  }
}
