// npm start: the service and this site together. npm test: types and build. See ../together.mjs.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install, readOptions, runAll, startBoth } from '../together.mjs'
import { links } from './links.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const astro = join(here, 'node_modules', 'astro', 'bin', 'astro.mjs')
const wrangler = join(here, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
const built = join(here, 'dist', 'server', 'wrangler.json')
const tsc = join(here, 'node_modules', 'typescript', 'bin', 'tsc')

const help = `
Runs this site and the service behind it on this computer.

  npm start [-- OPTIONS]

  --port PORT           of the site (4321)
  --service-port PORT   of the service (8787)
  --persist-to DIR      where the service keeps its data (.wrangler/state of the service)
  --env-file FILE       the service's secrets, in place of its .dev.vars
  --var NAME:VALUE      a setting of the service, for example REGISTRATION:closed; may be given several times
  --same-site           without the proxy: browsers call the service themselves, with cookies across origins
  --built               the site as it is deployed: what npm test built, with its content security policy
  --help

npm test checks the types and builds the site.
`

/** Returns the arguments that run the site from its sources or as built; both run in the Workers runtime. */
const siteArguments = (port, asBuilt, vars, keyFile) => {
  if (!asBuilt) return [astro, 'dev']
  return [
    wrangler,
    'dev',
    '--config',
    built,
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    // Separate ports: several services starting at the same time would find the same one free.
    '--inspector-port',
    String(port + 500 <= 65535 ? port + 500 : port - 500),
    '--show-interactive-dev-session=false',
    '--env-file',
    keyFile,
    ...Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}:${value}`]),
  ]
}

/**
 * Returns the settings of the service. If this site forwards, people see only this site, so every mailed link leads
 * there. Otherwise the pages of the service are at the service, and so are the links.
 */
const settingsFor = (site, sameSite) => {
  if (sameSite) return { MAIL_LOGIN: 'on', CORS_ORIGINS: site }
  const urls = Object.entries(links).map(([name, path]) => [name, `${site}${path}#token={token}`])
  return { MAIL_LOGIN: 'on', FRONTEND_URL: site, ...Object.fromEntries(urls) }
}

const [first, ...others] = process.argv.slice(2)
if (first === '--test') {
  install(here)
  runAll(
    here,
    [
      [astro, 'check'],
      [tsc, '--noEmit'],
      [astro, 'build'],
    ],
    { PROXY_KEY: '' },
  )
} else {
  const flags = ['--same-site', '--built']
  const options = readOptions([first, ...others].filter(Boolean), { port: 4321, help, flags })
  install(here)
  const [sameSite, asBuilt] = flags.map((flag) => options.flags.has(flag))
  if (asBuilt && !existsSync(built)) {
    console.error('The site is not built yet: npm test builds it.')
    process.exit(1)
  }
  const { port, servicePort } = options
  const issuer = `http://localhost:${servicePort}`
  const vars = {
    GATEHOUSE_URL: `http://127.0.0.1:${servicePort}`,
    GATEHOUSE_ISSUER: issuer,
    PUBLIC_API_URL: sameSite ? issuer : '',
  }
  await startBoth(options, settingsFor(`http://localhost:${port}`, sameSite), ({ proxyKey, keyFile }) => ({
    args: siteArguments(port, asBuilt, vars, keyFile),
    cwd: here,
    env: { ...vars, PROXY_KEY: proxyKey, PORT: String(port), CLOUDFLARE_INCLUDE_PROCESS_ENV: 'true' },
    hides: asBuilt,
  }))
}
