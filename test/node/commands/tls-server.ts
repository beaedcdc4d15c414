import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TlsOptions } from 'node:tls'

/**
 * The private key of the hosts that tests pretend to deploy to, valid until 2126. It is not secret, so it is not
 * written in the form of a secret: PKCS #8 in base64.
 */
const der =
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/9mMVXjDeR5RYX9J4SXrOaqLfeiQ4H7vkGoLjNATtiGhRANCAAQvAC0uCKLnTgDulAkXsBjjnxXqhmQkCKYWnsX9wJaQv+0lv6YC7bD0z4GZyualjnpLl+vZY0b/o8sb9DcSs/ts'
const key = createPrivateKey({ key: Buffer.from(der, 'base64'), format: 'der', type: 'pkcs8' }).export({
  format: 'pem',
  type: 'pkcs8',
})

export const certificate = `-----BEGIN CERTIFICATE-----
MIIBxDCCAWugAwIBAgIUOP+AU/Etn29MB13OuH6Jo9BNAWAwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOZ2F0ZWhvdXNlLnRlc3QwIBcNMjYxMTI3MTcyODU4WhgPMjEy
NjExMDMxNzI4NThaMBkxFzAVBgNVBAMMDmdhdGVob3VzZS50ZXN0MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAELwAtLgii504A7pQJF7AY458V6oZkJAimFp7F/cCW
kL/tJb+mAu2w9M+BmcrmpY56S5fr2WNG/6PLG/Q3ErP7bKOBjjCBizAdBgNVHQ4E
FgQUVsNYh3AOddH9Qo+JXsgcEovqsBAwHwYDVR0jBBgwFoAUVsNYh3AOddH9Qo+J
XsgcEovqsBAwOwYDVR0RBDQwMoITYXV0aC5nYXRlaG91c2UudGVzdIIbYXV0aC1z
dGFnaW5nLmdhdGVob3VzZS50ZXN0MAwGA1UdEwEB/wQCMAAwCgYIKoZIzj0EAwID
RwAwRAIgEM2pqHVrxOJmXo0LPxixmfrwYbfHlD4/ZCsx4DGEjdUCIHzCWqPO/Ie2
k6iqdXMS42AF7X67pp3p8RNx/kRcEoYK
-----END CERTIFICATE-----
`

/** Starts a server that speaks TLS and sends nothing. */
export const tlsServer = async (options: TlsOptions = {}) => {
  const server = createServer({ key, cert: certificate, ...options }, (socket) => socket.end())
  // Failed handshakes are expected.
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}
