import tls from 'node:tls'

// Loaded into a command before its own code: what it asks of another computer is asked of the stand-in.
const real = globalThis.fetch
const { GATEHOUSE_STAND_IN: standIn = '', GATEHOUSE_STAND_IN_TLS: secure = '{}' } = process.env

globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input)
  return ['localhost', '127.0.0.1'].includes(url.hostname) ? real(input, init) : real(`${standIn}${url.pathname}`, init)
}

const connect = tls.connect
tls.connect = (options) => connect({ ...options, host: '127.0.0.1', ...JSON.parse(secure) })
