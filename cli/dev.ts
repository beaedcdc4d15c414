import { once } from 'node:events'
import { createServer } from 'node:net'
import { basename, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { firstMinute, newStart } from './dev/first-minute.ts'
import { greeting } from './dev/greeting.ts'
import { printMails } from './dev/mails.ts'
import { assertKnown } from './dev/options.ts'
import { withoutNoise } from './dev/output.ts'
import { forwarded, optionsFor, publicUrl } from './dev/public-url.ts'
import { type Main, readKnownArguments, runCommand } from './lib/command.ts'
import { localState, Stop } from './lib/database.ts'
import { readDeployment } from './lib/deployment.ts'
import { addMissingSecrets, readVars } from './lib/dev-vars.ts'
import { root, run, runNode, start as startProcess } from './lib/process.ts'
import { rpIdAdvice, varsIn } from './lib/rp-id-advice.ts'
import { announce } from './lib/running.ts'

const help = `
Runs the whole service on this computer.

  npm start [-- OPTIONS]

  --port PORT        the port (8787). Without --public-url, it is open to this computer only
  --demo             fills an empty database with a hundred people, 90 days of their log-ins, and their mails
  --persist-to DIR   the folder of the local database and all other stored data (.wrangler/state)
  --public-url URL   where browsers reach this computer, if that is another address: https://HOST of a tunnel or a
                     container. Detected in GitHub Codespaces and Gitpod. Mails are then printed in this terminal
  --env-file FILE    a file of settings and secrets instead of .dev.vars; missing secrets are added to it
  --help

Every other option is passed on to \`wrangler dev\`, for example --var "REGISTRATION:closed" or --log-level debug.
`

/** Undefined if the arguments ask for help. @throws {Stop} with what is wrong */
const readOptions = (args: string[]) => {
  const { values, rest } = readKnownArguments('start', args, {
    port: { type: 'string', default: '8787' },
    demo: { type: 'boolean', default: false },
    'persist-to': { type: 'string' },
    'public-url': { type: 'string' },
    'env-file': { type: 'string', multiple: true, default: [] },
  })
  if (values.help) return
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Stop('--port must be a number from 1 to 65535.')
  const persistTo = values['persist-to']
  const given = values['public-url']
  return {
    port,
    demo: values.demo,
    publicUrl: given === undefined ? forwarded(process.env, port) : publicUrl(given),
    persistTo: persistTo === undefined ? undefined : resolve(persistTo),
    envFiles: values['env-file'].map((file) => resolve(file)),
    rest,
  }
}

/**
 * Checks both loopback addresses: a browser may resolve `localhost` to either of them, so no other program may listen
 * on either.
 */
const assertFree = async (port: number) => {
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer()
    server.listen({ port, host, exclusive: true })
    try {
      await once(server, 'listening')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EADDRINUSE')
        throw new Stop(
          `Port ${port} is in use. Stop what listens there, or choose another: npm start -- --port ${port + 1}`,
        )
      if (code === 'EACCES') throw new Stop(`Port ${port} may not be used by this account. Choose one above 1023.`)
      // A computer without IPv6 has no ::1 that a program could use.
      if (host === '127.0.0.1') throw error
    } finally {
      server.close()
    }
  }
}

const migrate = async (persistTo: string | undefined) => {
  const place = persistTo ? ['--persist-to', persistTo] : []
  const { status, output } = await run('wrangler', ['d1', 'migrations', 'apply', 'DB', '--local', ...place])
  if (status !== 0) throw new Stop(`The local database could not be migrated:\n${output}`)
  // The table of results is printed again after each migration.
  const applied = new Set([...output.matchAll(/│ (\S+\.sql) +│ ✅/g)].map(([, name]) => name))
  if (applied.size > 0) console.log(`Database: applied ${[...applied].join(', ')}`)
}

const build = async () => {
  const { status, output } = await runNode([join(root, 'tools', 'generate', 'build.ts')])
  if (status !== 0) throw new Stop(`The build failed:\n${output}`)
}

/** Resolves when the service answers. If settings are wrong, prints them once and goes on waiting. */
const answering = async (origin: string, signal: AbortSignal) => {
  let told = false
  while (!signal.aborted) {
    const response = await fetch(`${origin}/health`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined)
    if (response?.ok) return
    if (response?.status === 503 && !told) {
      const { settings } = (await response.json()) as { settings: string[] }
      console.error(['The service does not start, because settings are wrong:', ...settings].join('\n  '))
      console.error('Correct them in wrangler.toml or .dev.vars; the service notices the change.')
      told = true
    }
    await sleep(150)
  }
}

/**
 * Calls the service as the cron trigger of wrangler.toml does in a deployment; locally, nothing else calls it. The
 * service logs failures.
 */
const callEveryMinute = (origin: string) =>
  setInterval(() => {
    const url = `${origin}/cdn-cgi/local/scheduled?cron=${encodeURIComponent('* * * * *')}`
    fetch(url, { signal: AbortSignal.timeout(50_000) }).then(
      (response) => response.body?.cancel(),
      () => {},
    )
  }, 60_000).unref()

/**
 * Returns the inspector's port. For port 8787 it is 9229, where debuggers look; for other ports it is at the same
 * distance. Otherwise two services that start at the same time could both find 9229 free, and one of them would fail.
 */
const inspectorPort = (port: number) => (port + 442 <= 65_535 ? port + 442 : port - 442)

const main: Main = async (args) => {
  const options = readOptions(args)
  if (!options) {
    console.log(help.trim())
    return 0
  }
  const { port, persistTo, rest } = options
  await assertKnown(rest)
  await assertFree(port)

  const envFiles = options.envFiles.length > 0 ? options.envFiles : [join(root, '.dev.vars')]
  const added = addMissingSecrets(envFiles)
  if (added.length > 0)
    console.log(`Secrets: made ${new Intl.ListFormat('en').format(added)} in ${basename(envFiles.at(-1)!)}`)
  const here = `http://localhost:${port}`
  const url = options.publicUrl ?? here
  const origin = `http://127.0.0.1:${port}`
  // Links in mails and the token issuer use the requested port, unless APP_URL is set.
  const [appUrl] = rest.flatMap((arg) => /(?:^|=)APP_URL:(.*)/.exec(arg)?.[1] ?? []).reverse()
  const own = appUrl ?? readVars(envFiles).APP_URL
  const start = newStart()
  const [first] = await Promise.all([
    migrate(persistTo).then(() =>
      firstMinute({ appUrl: options.publicUrl ?? own ?? here, start, envFiles, persistTo, demo: options.demo }),
    ),
    build(),
  ])
  const given = (name: string) => rest.some((arg) => arg === name || arg.startsWith(`${name}=`))
  const command = ['dev', '--port', String(port)]
  if (options.publicUrl) command.push(...optionsFor(options.publicUrl))
  if (!given('--ip')) command.push('--ip', options.publicUrl ? '0.0.0.0' : '127.0.0.1')
  if (!given('--inspector-port')) command.push('--inspector-port', String(inspectorPort(port)))
  if (!given('--show-interactive-dev-session')) command.push('--show-interactive-dev-session=false')
  if (persistTo) command.push('--persist-to', persistTo)
  for (const file of options.envFiles) command.push('--env-file', file)
  if (!options.publicUrl && !own) command.push('--var', `APP_URL:${url}`)
  command.push('--var', `FIRST_ADMIN:${start}`)

  const vars = { ...readDeployment(undefined).vars, ...readVars(envFiles), ...varsIn([...command, ...rest]) }
  const advice = rpIdAdvice(vars.APP_URL ?? url, vars)
  if (advice) console.log(advice)

  const child = startProcess('wrangler', [...command, ...rest], {
    stdio: ['inherit', 'pipe', 'pipe'],
    env: process.stdout.isTTY ? { FORCE_COLOR: process.env.FORCE_COLOR ?? '1' } : {},
  })
  const output = withoutNoise(child)
  const exited = once(child, 'exit') as Promise<[number | null]>
  const gone = new AbortController()
  exited.finally(() => gone.abort())

  await Promise.race([answering(origin, gone.signal), exited])
  if (gone.signal.aborted) output.failed()
  else {
    announce(port, persistTo ?? localState)
    if (options.publicUrl) await printMails(origin)
    output.started()
    console.log(greeting({ url, here, forwarded: options.publicUrl !== undefined, ...first }))
    callEveryMinute(origin)
  }
  const [code] = await exited
  return code ?? 1
}

await runCommand(main)
