import { generate } from 'lean-qr'
import { toSvg } from 'lean-qr/extras/svg'
import { word } from './words.ts'

/** Draws a QR code in the browser, so that no other service sees the text. Dark on light in both colour schemes. */
export const qrCode = (text: string): SVGElement => {
  const svg = toSvg(generate(text), document, { on: '#000', off: '#fff', pad: 4 })
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', word('page.security.qr'))
  return svg
}
