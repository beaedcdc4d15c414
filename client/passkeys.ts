import type { Api } from './api.ts'
import { GatehouseError } from './errors.ts'
import type { Client } from './index.ts'

/** Passkeys in the browser: what its own JSON functions (WebAuthn Level 3 §5.1) leave to the page. */

type LogInInput = Api['/api/auth/login/passkey']['$post']['input']['json']
type Assertion = LogInInput['credential']
type Enrolment = Api['/api/auth/login/enrol/options']['$post']['input']['json']
type NewPasskey = Api['/api/user/passkeys']['$post']['input']['json']

/** A name, or a function that returns one, such as the name of the password manager that keeps the new passkey. */
type Naming = { name?: string | undefined | ((credential: NewPasskey['credential']) => string | undefined) }

/** The static functions that TypeScript does not know yet; older browsers lack some. */
type Signals = {
  signalAllAcceptedCredentials?: (all: {
    rpId: string
    userId: string
    allAcceptedCredentialIds: string[]
  }) => Promise<void>
  signalUnknownCredential?: (one: { rpId: string; credentialId: string }) => Promise<void>
}
const browsers = () => globalThis.PublicKeyCredential as unknown as (typeof PublicKeyCredential & Signals) | undefined

type Signalled = { rp_id?: string; user_handle?: string; accepted_credentials?: string[] }

/** Milliseconds after which a waiting browser gets new options: a challenge is valid for five minutes. */
const renewMs = 4 * 60_000

/** Whether this browser has passkeys, and the functions for them that pages need. */
export const passkeysWork = (): boolean => typeof browsers()?.parseRequestOptionsFromJSON === 'function'

/** Whether the browser can offer passkeys in a field: `<input autocomplete="username webauthn">`. */
export const passkeysFillFields = async (): Promise<boolean> =>
  passkeysWork() && (await browsers()?.isConditionalMediationAvailable?.()) === true

/**
 * Tells the browser which passkeys the user has, so that it offers no others. Call it with the reply of
 * `listFactors` or `removePasskey`; the functions here do it themselves. Never throws.
 */
export const signalPasskeys = async ({ rp_id, user_handle, accepted_credentials }: Signalled): Promise<void> => {
  if (!rp_id || !user_handle || !accepted_credentials) return
  const all = { rpId: rp_id, userId: user_handle, allAcceptedCredentialIds: accepted_credentials }
  await browsers()
    ?.signalAllAcceptedCredentials?.(all)
    .catch(() => {})
}

/** Asks the browser for an assertion. */
const asserted = async (
  options: { public_key: object },
  request: { mediation?: PasskeyLogIn['mediation']; signal?: AbortSignal },
): Promise<Assertion> => {
  const publicKey = browsers()!.parseRequestOptionsFromJSON(options.public_key as never)
  const credential = (await navigator.credentials.get({ publicKey, ...request })) as PublicKeyCredential
  return credential.toJSON() as unknown as Assertion
}

export type PasskeyLogIn = Omit<LogInInput, 'credential'> & {
  /** `conditional`: offers passkeys in the field for the address, and waits until the user chooses one. */
  mediation?: 'conditional' | 'optional' | 'required' | 'silent'
  /** Ends the wait: call `abort` before another request for a passkey. */
  signal?: AbortSignal
}

/** Begins again with new options while the browser waits, because a challenge expires. */
const awaited = async (auth: Client, { mediation, signal, ...step }: PasskeyLogIn): Promise<[Assertion, string]> => {
  for (;;) {
    const renew = new AbortController()
    const timer = setTimeout(() => renew.abort(), renewMs)
    const end = () => renew.abort()
    signal?.addEventListener('abort', end)
    try {
      signal?.throwIfAborted()
      const options = await auth.beginPasskeyLogIn(step)
      const credential = await asserted(options, { mediation, signal: renew.signal })
      return [credential, (options.public_key as unknown as { rpId: string }).rpId]
    } catch (error) {
      if (mediation !== 'conditional' || !renew.signal.aborted || signal?.aborted) throw error
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
    }
  }
}

/**
 * Logs in with a passkey. With `second_step`, or the `challenge` of a log-in by password, the passkey is the second
 * factor.
 * @throws GatehouseError, or the browser's error, such as `NotAllowedError` if the user declined
 */
export const logInWithPasskey = async (auth: Client, options: PasskeyLogIn = {}) => {
  const { mediation: _, signal: __, ...step } = options
  const [credential, rpId] = await awaited(auth, options)
  try {
    const reply = await auth.logInByPasskey({ ...step, credential })
    await signalPasskeys(reply as Signalled)
    return reply
  } catch (error) {
    if (error instanceof GatehouseError && error.unknownCredential)
      await browsers()
        ?.signalUnknownCredential?.({ rpId, credentialId: credential.id })
        .catch(() => {})
    throw error
  }
}

/** Asks the browser to make a passkey. */
const created = async ({ public_key }: { public_key?: object }): Promise<NewPasskey['credential']> => {
  const publicKey = browsers()!.parseCreationOptionsFromJSON(public_key as never)
  const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential
  return credential.toJSON() as unknown as NewPasskey['credential']
}

/** Returns the name as a member of the body. If there is no name, the service chooses one. */
const named = ({ name }: Naming, credential: NewPasskey['credential']) => {
  const chosen = typeof name === 'function' ? name(credential) : name
  return chosen === undefined ? {} : { name: chosen }
}

/**
 * Makes a passkey, and with it finishes a log-in that was refused with `enrolment_required`. The reply has the recovery
 * codes.
 * @param given the mailed code as `mail_code`, the `challenge` if no cookie has it, and a name
 */
export const enrolPasskey = async (
  auth: Pick<Client, 'beginEnrolment' | 'enrol'>,
  { name, ...given }: Omit<Enrolment, 'type'> & Naming,
) => {
  const begun = await auth.beginEnrolment({ ...given, type: 'passkey' })
  const { challenge } = begun
  const credential = await created(begun as { public_key?: object })
  const reply = await auth.enrol({ ...(challenge && { challenge }), ...named({ name }, credential), credential })
  await signalPasskeys(reply as Signalled)
  return reply
}

/**
 * Makes a passkey and adds it to the account of the signed-in user.
 * @param given full proof, a name, and whether the passkey is on a security key
 */
export const createPasskey = async (
  auth: Client,
  given: Omit<NewPasskey, 'credential' | 'name'> & Naming & { security_key?: boolean } = {},
  options?: Parameters<Client['addPasskey']>[1],
) => {
  const { security_key, name, ...rest } = given
  const credential = await created(await auth.beginPasskey({ security_key }))
  const reply = await auth.addPasskey({ ...rest, ...named({ name }, credential), credential }, options)
  await signalPasskeys(reply as Signalled)
  return reply
}

/** Re-authenticates with a passkey. The `proof` of the reply is for one request that requires full proof. */
export const proveWithPasskey = async (auth: Client) =>
  auth.reauthenticate({ credential: await asserted(await auth.beginPasskeyReauthentication(), {}) })
