import { existsSync, readFileSync } from 'node:fs'
import { Stop } from '../../cli/lib/database.ts'

/** The most bytes of a logo, which every page loads. */
const most = 64 * 1024

/** What a picture must not contain: it is ours to serve, so a script in it would be a script of the service. */
const active = /<script|<foreignObject|\son\w+\s*=|javascript:|<!ENTITY|<!DOCTYPE|@import/i

/** A reference that leads out of the file. Namespaces are names, and nothing is loaded from them. */
const outside = /(?:href|src)\s*=\s*["'](?!#|data:image\/)|url\(\s*["']?(?!#)/i

/** Returns why an SVG cannot be the logo; undefined if it can. */
export const logoFault = (svg: string): string | undefined => {
  if (Buffer.byteLength(svg) > most) return 'is larger than 64 KiB'
  if (!/^\s*(?:<\?xml[^>]*>\s*)?<svg[\s>]/.test(svg)) return 'is not an SVG'
  if (active.test(svg)) return 'contains a script, an event handler or something else that is active'
  return outside.test(svg) ? 'refers to something outside of the file' : undefined
}

/**
 * Returns the operator's logo, if there is one.
 * @throws {Stop} if it cannot be the logo
 */
export const readLogo = (path: string): Buffer | undefined => {
  if (!existsSync(path)) return
  const content = readFileSync(path)
  const fault = logoFault(content.toString('utf8'))
  if (fault) throw new Stop(`branding/logo.svg ${fault}`)
  return content
}
