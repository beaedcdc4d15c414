import { type Bytes, must, orRefuse } from './refusal.ts'

// A byte order mark stays in the text, and is then refused as JSON.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export type CeremonyType = 'webauthn.create' | 'webauthn.get'

/** What the browser states about a ceremony (WebAuthn Level 3 §5.8.1). */
export type ClientData = { challenge: string; origin: string }

/**
 * Reads the browser's statement and checks what does not depend on this service.
 * @param bytes the value of `clientDataJSON`
 * @throws CeremonyRefused `client data`; `type`: the other ceremony; `cross origin`: in a frame of another site
 */
export const readClientData = async (bytes: Bytes, type: CeremonyType): Promise<ClientData> => {
  const data = await orRefuse('client data', () => JSON.parse(utf8.decode(bytes)))
  must(data?.type === type, 'type')
  must(typeof data.challenge === 'string' && typeof data.origin === 'string', 'client data')
  must(data.crossOrigin === undefined || data.crossOrigin === false, 'cross origin')
  must(data.topOrigin === undefined, 'cross origin')
  return data
}
