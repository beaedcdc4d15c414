import { email } from './examples.ts'

/** Examples of the ceremonies of WebAuthn. The values are made up; their lengths are those of real ones. */

const challenge = 'q'.repeat(75)
const id = 'Xs4PqnS7QhGk1Yw2n9v0Ag'
const userHandle = 'AZqi9nwefSqbH1psfY6fAA'

const clientData = (type: string) =>
  btoa(`{"type":"${type}","challenge":"${challenge}","origin":"https://example.com","crossOrigin":false}`)
    .replace(/=+$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_')

export const creation = {
  public_key: {
    rp: { id: 'example.com', name: 'Gatehouse' },
    user: { id: userHandle, name: email, displayName: 'Ada Lovelace' },
    challenge,
    pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: 'public-key', alg })),
    timeout: 300_000,
    excludeCredentials: [],
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    attestation: 'none',
    extensions: { credProps: true },
  },
  expires_in: 300,
}

export const request = {
  public_key: {
    challenge,
    timeout: 300_000,
    rpId: 'example.com',
    allowCredentials: [],
    userVerification: 'required',
  },
  expires_in: 300,
}

export const newCredential = {
  id,
  type: 'public-key',
  response: {
    clientDataJSON: clientData('webauthn.create'),
    attestationObject: 'o2NmbXRkbm9uZQ',
    transports: ['internal', 'hybrid'],
  },
  clientExtensionResults: { credProps: { rk: true } },
}

export const assertion = {
  id,
  type: 'public-key',
  response: {
    clientDataJSON: clientData('webauthn.get'),
    authenticatorData: 'v6vDdDKVixYzYNOtZGHJxHNa5_jt1GWSpeDwFFKy5LUZAAAAAA',
    signature: 'MEUCIGlJadPuko3m8C7yOpxkTX13mRZFFzSpS0MlQvSYoevp',
    userHandle,
  },
}

export const signal = { rp_id: 'example.com', user_handle: userHandle, accepted_credentials: [id] }
