/**
 * Names of what keeps passkeys, by AAGUID: of password managers, operating systems and security keys that many people
 * have. The ids are those of the public list github.com/passkeydeveloper/passkey-authenticator-aaguids of 2026-11. They
 * are claims without proof, as attestation is not asked for, and serve as proposals for names only.
 */
const names: Record<string, string> = {
  fbfc3007154e4ecc8c0b6e020557d7bd: 'iCloud Keychain',
  dd4ec289e01d41c9bb8970fa845d4bf2: 'iCloud Keychain',
  ea9b8d664d011d213ce4b6b48cb575d4: 'Google Password Manager',
  '08987058cadc4b81b6e130de50dcbe96': 'Windows Hello',
  '9ddd1817af5a4672a2b93e3dd95000a9': 'Windows Hello',
  '6028b017b1d44c02b4b3afcdafc96bb2': 'Windows Hello',
  adce000235bcc60a648b0b25f1f05503: 'Chrome on Mac',
  '771b48fdd3d44f749232fc157ab0507a': 'Edge on Mac',
  de1e552ddb1d4423a619566b625cdc84: 'Microsoft Authenticator',
  '90a3ccdf635c4729a2489b709135078f': 'Microsoft Authenticator',
  '53414d53554e47000000000000000000': 'Samsung Pass',
  bada5566a7aa401fbd9645619a55120d: '1Password',
  d548826e79b4db40a3d811116f7e8349: 'Bitwarden',
  '531126d6e717415c93203d9aa6981239': 'Dashlane',
  '50726f746f6e5061737350726f746f6e': 'Proton Pass',
  b84e404815dc4dd08640f4f60813c8af: 'NordPass',
  b78a0a556ef8d246a042ba0f6d55050c: 'LastPass',
  '0ea242b443c44a1b8b17dd6d0b6baec6': 'Keeper',
  f38095407f1449c1a8b38f813b225541: 'Enpass',
  fdb141b25d84443e8a354698c205a502: 'KeePassXC',
  cb69481e8ff7403993ec0a2729a154a8: 'YubiKey 5',
  ee882879721c491397753dfcce97072a: 'YubiKey 5',
  '2fc0579f811347eab116bb5a8db9202a': 'YubiKey 5',
  a25342c03cdc44148e46f4807fca511c: 'YubiKey 5',
}

/** Where the AAGUID is: after the hash of the RP ID, the flags and the counter (WebAuthn Level 3 §6.1, §6.5.1). */
const [from, to] = [32 + 1 + 4, 32 + 1 + 4 + 16]

/** Returns the name of what keeps a new passkey. Undefined if it is not in the list; the service then names it. */
export const authenticatorName = ({ response }: { response: object }): string | undefined => {
  const { authenticatorData = '' } = response as { authenticatorData?: string }
  const bytes = atob(authenticatorData.replaceAll('-', '+').replaceAll('_', '/')).slice(from, to)
  return names[[...bytes].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join('')]
}
