import { once } from 'node:events'
import tls, { type ConnectionOptions, type PeerCertificate } from 'node:tls'
import { type Finding, fault, hint, ok } from './finding.ts'

const zone = 'docs/operate/operations.md, "The zone"'

/** Milliseconds for a handshake. */
const timeoutMs = 10_000

/** An automatically renewed certificate should have been replaced this many days before it expires. */
const renewedBefore = 14

type Handshake = { protocol: string; certificate: PeerCertificate } | { failed: string }

/** Attempts one handshake. `failed` is the code of the failure, such as `CERT_HAS_EXPIRED` or `ECONNREFUSED`. */
const handshake = async (options: ConnectionOptions): Promise<Handshake> => {
  const socket = tls.connect(options)
  socket.setTimeout(timeoutMs, () => socket.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })))
  try {
    await once(socket, 'secureConnect')
    return { protocol: socket.getProtocol() ?? '', certificate: socket.getPeerCertificate() }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { failed: code ?? message }
  } finally {
    socket.destroy()
  }
}

/** Node offers no TLS before 1.2 unless it also accepts the ciphers of that time. */
const outdated: ConnectionOptions = {
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1.1',
  ciphers: 'DEFAULT@SECLEVEL=0',
  // Only the version matters here; the first handshake has checked the certificate.
  rejectUnauthorized: false,
}

/**
 * Checks what tests of the code cannot show, because the zone decides it: whether the service refuses TLS older than
 * 1.2, prefers the newest version (ASVS 12.1.1), and has a certificate that clients trust (ASVS 12.2.2).
 * @param appUrl an https URL; for others there is nothing to check
 */
export const checkTls = async (appUrl: string, over: ConnectionOptions = {}): Promise<Finding[]> => {
  const { protocol, hostname, port } = new URL(appUrl)
  if (protocol !== 'https:') return []
  const to = { host: hostname, servername: hostname, port: Number(port || 443), ...over }
  const newest = await handshake(to)
  if ('failed' in newest) return [fault('tls', `${hostname} has no certificate that is trusted: ${newest.failed}`)]
  const old = await handshake({ ...to, ...outdated })
  const days = Math.floor((Date.parse(newest.certificate.valid_to) - Date.now()) / 86_400_000)
  const findings = [
    ...('protocol' in old ? [fault('tls', `${hostname} speaks ${old.protocol}, which is broken: ${zone}`)] : []),
    ...(newest.protocol === 'TLSv1.3' ? [] : [hint('tls', `${hostname} does not speak TLS 1.3: ${zone}`)]),
    ...(days < renewedBefore ? [hint('tls', `the certificate of ${hostname} ends in ${days} days`)] : []),
  ]
  return findings.length > 0 ? findings : [ok('tls', `${newest.protocol}, nothing before 1.2, a trusted certificate`)]
}
