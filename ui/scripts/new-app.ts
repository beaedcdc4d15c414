import { byId } from './dom.ts'
import { qrCode } from './qr.ts'

/** Shows the key of a new authenticator app as a QR code, a link and a text. */
export const showKey = ({ secret, otpauth_uri }: { secret: string; otpauth_uri: string }) => {
  byId('qr').replaceChildren(qrCode(otpauth_uri))
  byId<HTMLAnchorElement>('open-app').href = otpauth_uri
  byId('secret').textContent = secret.replace(/.{4}(?!$)/g, '$& ')
}

export const forgetKey = () => {
  byId('qr').replaceChildren()
  byId<HTMLAnchorElement>('open-app').href = '#enrol'
  byId('secret').textContent = ''
}
