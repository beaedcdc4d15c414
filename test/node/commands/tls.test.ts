import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ConnectionOptions, TlsOptions } from 'node:tls'
import { checkTls } from '../../../cli/doctor/tls.ts'
import { certificate, tlsServer } from './tls-server.ts'

const everyVersion = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const

/** Returns what the doctor finds at a server with these options, at a host whose address is not looked up. */
const found = async (options: TlsOptions, { host = 'auth.gatehouse.test', ...over }: ConnectionOptions = {}) => {
  const { port, close } = await tlsServer(options)
  try {
    const findings = await checkTls(`https://${host}`, { host: '127.0.0.1', port, ca: certificate, ...over })
    return findings.map(({ level, says }) => `${level}: ${says}`)
  } finally {
    close()
  }
}

const words = (findings: string[], expected: RegExp[]) => {
  assert.equal(findings.length, expected.length, findings.join('\n'))
  for (const [n, pattern] of expected.entries()) assert.match(findings[n]!, pattern)
}

describe('TLS of a deployment, as the doctor sees it', () => {
  it('is right from TLS 1.2 on, with a certificate that is trusted (ASVS 12.1.1, 12.2.2)', async () => {
    words(await found({ minVersion: 'TLSv1.2' }), [/^ok: TLSv1\.3, nothing before 1\.2, a trusted certificate$/])
  })

  for (const [maxVersion, before] of [
    ['TLSv1.3', []],
    ['TLSv1.2', [/^hint: auth\.gatehouse\.test does not speak TLS 1\.3: /]],
  ] as const)
    it(`is a fault if TLS 1.1 is spoken too, up to ${maxVersion} (ASVS 12.1.1)`, async () => {
      const findings = await found({ ...everyVersion, maxVersion })
      words(findings, [
        /^fault: auth\.gatehouse\.test speaks TLSv1\.1, which is broken: docs\/operate\/operations\.md/,
        ...before,
      ])
    })

  it('is a fault if nothing but TLS 1.1 is spoken (ASVS 12.1.1)', async () => {
    words(await found({ ...everyVersion, maxVersion: 'TLSv1.1' }), [/^fault: .*: ERR_SSL_/])
  })

  it('has a hint if the newest version is not supported (ASVS 12.1.1)', async () => {
    words(await found({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }), [/^hint: .* does not speak TLS 1\.3/])
  })

  it('is a fault if nobody vouches for the certificate (ASVS 12.2.2)', async () => {
    words(await found({}, { ca: [] }), [/^fault: auth\.gatehouse\.test has no certificate that is trusted: /])
  })

  it('is a fault if the certificate is of another host (ASVS 12.2.2)', async () => {
    words(await found({}, { host: 'www.gatehouse.test' }), [/^fault: www\..*: ERR_TLS_CERT_ALTNAME_INVALID$/])
  })

  it('is nothing of a service on this computer', async () => {
    assert.deepEqual(await checkTls('http://localhost:8787'), [])
  })
})
