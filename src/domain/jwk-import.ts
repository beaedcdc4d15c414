import { type CryptoKey, importJWK } from 'jose'

/** Imports each JWK once per isolate: jose would parse the JWK again for each token. */
export const importing = () => {
  const imported = new Map<JsonWebKey, CryptoKey>()
  return async (jwk: JsonWebKey, alg: string): Promise<CryptoKey> => {
    const key = imported.get(jwk) ?? ((await importJWK(jwk, alg)) as CryptoKey)
    imported.set(jwk, key)
    return key
  }
}
