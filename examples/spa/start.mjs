// npm start: the service and this app together. npm test: types and build. See ../together.mjs.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install, readOptions, runAll, startBoth } from '../together.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const vite = join(here, 'node_modules', 'vite', 'bin', 'vite.js')
const tsc = join(here, 'node_modules', 'typescript', 'bin', 'tsc')

const help = `
Runs this app on this computer, and the service that it calls.

  npm start [-- OPTIONS]

  --port PORT           of the app (5173)
  --service-port PORT   of the service (8787)
  --persist-to DIR      where the service keeps its data (.wrangler/state of the service)
  --env-file FILE       the service's secrets, in place of its .dev.vars
  --var NAME:VALUE      a setting of the service, for example REGISTRATION:closed; may be given several times
  --built               the app as it is deployed, with its content security policy
  --help

npm test checks the types and builds the app.
`

const [first, ...others] = process.argv.slice(2)
if (first === '--test') {
  install(here)
  runAll(here, [[tsc], [vite, 'build']])
} else {
  const options = readOptions([first, ...others].filter(Boolean), { port: 5173, help, flags: ['--built'] })
  install(here)
  const { port, servicePort, flags } = options
  const env = { VITE_GATEHOUSE_URL: `http://localhost:${servicePort}` }
  const built = flags.has('--built')
  if (built) runAll(here, [[vite, 'build', '--logLevel', 'warn']], env)
  const args = [vite, ...(built ? ['preview'] : []), '--host', 'localhost', '--port', String(port), '--strictPort']
  await startBoth(options, { CORS_ORIGINS: `http://localhost:${port}` }, () => ({ args, cwd: here, env }))
}
