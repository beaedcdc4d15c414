import tls from 'node:tls'

// Loaded into a command before its own code: requests to other computers go to the stand-in, if there is one.
const real = globalThis.fetch

globalThis.fetch = (input, init) => {
  const { GATEHOUSE_STAND_IN: standIn } = process.env
  const url = new URL(input instanceof Request ? input.url : input)
  const near = !standIn || ['localhost', '127.0.0.1'].includes(url.hostname)
  return near ? real(input, init) : real(`${standIn}${url.pathname}`, init)
}

const connect = tls.connect
tls.connect = (options) => {
  const { GATEHOUSE_STAND_IN: standIn, GATEHOUSE_STAND_IN_TLS: secure = '{}' } = process.env
  return connect(standIn ? { ...options, host: '127.0.0.1', ...JSON.parse(secure) } : options)
}
