import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrationFiles, pendingMigrations } from './doctor/database.ts'
import { type Finding, fault, faulty, line } from './doctor/finding.ts'
import { checkBindings } from './doctor/places.ts'
import { checkSettings } from './doctor/settings.ts'
import {
  ask,
  hasDatabase,
  namespaceId,
  placeOf,
  ready,
  remoteSecrets,
  uploadSecrets,
} from './lib/cloudflare-account.ts'
import { type Main, readArguments, runCommand } from './lib/command.ts'
import { Stop } from './lib/database.ts'
import { type Deployment, defaultConfig, readDeployment, withNamespace } from './lib/deployment.ts'
import { addMissingSecrets, missingSecrets, readVars } from './lib/dev-vars.ts'
import { root, runNode } from './lib/process.ts'
import { subjectChanges } from './lib/token-subject.ts'

const help = `
Deploys the service to a Cloudflare account: its resources, secrets and migrations, then the code.

  npm run deploy [-- OPTIONS]

  --env NAME         the environment of wrangler.toml (production)
  --dry-run          shows every step in order, and changes nothing
  --yes              does not ask for confirmation
  --secrets FILE     the file of secrets instead of .dev.vars.NAME; missing secrets are added to it
  --config FILE      a configuration instead of wrangler.toml
  --change-subject   allows another TOKEN_SUBJECT than the deployed service has
  --help

wrangler must be logged in: npx wrangler login, or CLOUDFLARE_API_TOKEN. It can be run again after any failure.
`

/** Milliseconds that a new version or a new address may take until it answers. */
const answerWithinMs = 90_000

/** `does` says what the step will do; undefined if nothing is left to do. */
type Step = { does: string | undefined; done: string; act: () => Promise<void> }

const unless = <T>(condition: boolean, value: T) => (condition ? [] : [value])

const list = (names: string[]) => names.join(', ')

/**
 * Determines what is left to do. A secret that the Worker already has stays as it is: the file may be an older copy,
 * and `npm run rotate` replaces keys.
 */
const plan = async (deployment: Deployment): Promise<Step[]> => {
  const { worker, database, namespace, secretFile, migrations, vars } = deployment
  const file = basename(secretFile)
  const [there, databaseThere, namespaceThere] = await Promise.all([
    remoteSecrets(deployment),
    hasDatabase(deployment),
    namespace === undefined || namespaceId(deployment).then((id) => id !== undefined),
  ])
  const remote = placeOf(deployment, true)
  const pending = databaseThere ? await pendingMigrations(migrations, remote) : migrationFiles(migrations)
  const toMake = missingSecrets([secretFile]).filter((name) => !there?.includes(name))
  const held = [...new Set([...Object.keys(readVars([secretFile])), ...toMake])]
  const toGive = held.filter((name) => !there?.includes(name))
  const given = () => Object.entries(readVars([secretFile])).filter(([name]) => toGive.includes(name))

  return [
    {
      does: 'build public/',
      done: 'public/ is built',
      act: async () => {
        const { status, output } = await runNode([join(root, 'tools', 'generate', 'build.ts')])
        if (status !== 0) throw new Stop(output.trim())
      },
    },
    {
      does: toMake.length > 0 ? `make the secrets ${list(toMake)} in ${file}, which git ignores` : undefined,
      done:
        existsSync(secretFile) || toMake.length > 0
          ? `${file} holds the secrets`
          : `there is no copy of the secrets here`,
      act: async () => void addMissingSecrets([secretFile], toMake),
    },
    {
      does: databaseThere ? undefined : `make the D1 database ${database}`,
      done: `the D1 database ${database} is there`,
      act: async () => void (await ask(['d1', 'create', database], deployment)),
    },
    {
      does: pending.length > 0 ? `migrate ${database}: ${list(pending)}` : undefined,
      done: `${database} has all migrations`,
      act: async () => void (await ask(['d1', 'migrations', 'apply', 'DB', '--remote'], deployment)),
    },
    {
      does: namespaceThere ? undefined : `make the KV namespace ${namespace}`,
      done: `the KV namespace ${namespace ?? 'of wrangler.toml'} is there`,
      // With an environment, wrangler would put its name before the title.
      act: async () => void (await ask(['kv', 'namespace', 'create', namespace!], { ...deployment, env: undefined })),
    },
    ...unless(!there, {
      does: toGive.length > 0 ? `give ${worker} the secrets ${list(toGive)}` : undefined,
      done: `${worker} has its secrets`,
      act: () => uploadSecrets(deployment, Object.fromEntries(given()) as Record<string, string>),
    }),
    {
      does: there ? `deploy ${worker}` : `make the Worker ${worker} and its R2 bucket, with ${list(toGive)}`,
      done: `${worker} is deployed`,
      act: async () => {
        // wrangler requires the secrets with the first deployment; later deployments leave existing secrets alone.
        const args = ['deploy', ...(there ? [] : ['--secrets-file', secretFile])]
        const bring = (config: string) => ask(args, { ...deployment, config }, toGive)
        if (namespace === undefined) await bring(deployment.config)
        else await withNamespace(deployment, (await namespaceId(deployment))!, bring)
      },
    },
    {
      does: `see that ${vars.APP_URL}/health/ready answers`,
      done: `${vars.APP_URL} answers`,
      act: async () => {
        const until = Date.now() + answerWithinMs
        for (;;) {
          const why = await ready(vars.APP_URL ?? '')
          if (!why) return
          if (Date.now() > until)
            throw new Stop(`${why}. A new address takes some minutes: see docs/start/deploying.md.`)
          await sleep(3000)
        }
      },
    },
  ]
}

const confirmed = async (question: string) => {
  const prompt = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await prompt.question(`${question} [y/N] `)
  prompt.close()
  return /^y(es)?$/i.test(answer.trim())
}

const check = (deployment: Deployment, config: string): Finding[] => {
  const secrets = readVars([deployment.secretFile])
  const absent = deployment.required.filter((name) => !secrets[name])
  return [
    ...checkBindings(deployment, readDeployment(undefined, config)),
    ...checkSettings(deployment, secrets, absent, true),
  ].filter(({ level }) => level !== 'ok')
}

/** Carries out the steps one after the other, and says where it stopped. */
const carryOut = async (steps: Step[], again: string) => {
  for (const [index, { does, done, act }] of steps.entries()) {
    if (does !== undefined)
      try {
        await act()
      } catch (error) {
        if (!(error instanceof Stop)) throw error
        const left = steps.slice(index + 1).flatMap((step) => step.does ?? [])
        const not = left.length > 0 ? ` Not done: ${left.join('; ')}.` : ''
        throw new Stop(`Failed: ${does}: ${error.message}\n${not.trim()}\nFix this, then run it again: ${again}`)
      }
    console.log(`done   ${done}`)
  }
}

/** In a Cloudflare build, the deploy button has written its resources and name outside of all environments. */
const chosen = (env: string | undefined) => env ?? (process.env.WORKERS_CI ? undefined : 'production')

/** `npm run deploy` */
export const deploy: Main = async (args) => {
  const { values } = readArguments('deploy', args, {
    env: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    yes: { type: 'boolean', default: false },
    secrets: { type: 'string' },
    config: { type: 'string', default: defaultConfig },
    'change-subject': { type: 'boolean', default: false },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const { 'dry-run': dryRun } = values
  const asked = !dryRun && !values.yes && !process.env.WORKERS_CI
  const config = resolve(values.config)
  const env = chosen(values.env)
  const deployment = readDeployment(env, config, values.secrets && resolve(values.secrets))
  const findings = check(deployment, config)
  const changes = values['change-subject'] ? undefined : await subjectChanges(deployment)
  if (changes) findings.push(fault('settings', `${changes}; --change-subject allows it`))
  for (const finding of findings) console.log(line(finding))
  const wrong = faulty(findings)
  if (wrong && !dryRun) throw new Stop('Nothing was done. Fix the faults above, then run it again.')

  if (asked && !process.stdin.isTTY)
    throw new Stop('Nothing was done: nobody can be asked for confirmation. --yes goes on without it.')

  const steps = await plan(deployment)
  for (const { does, done } of steps) console.log(does === undefined ? `there  ${done}` : `to do  ${does}`)
  if (dryRun) {
    console.log(`Nothing was done: --dry-run.${wrong ? ' The faults above would have to be fixed first.' : ''}`)
    return wrong ? 1 : 0
  }
  if (asked && !(await confirmed(`Deploy to ${deployment.vars.APP_URL}?`))) throw new Stop('Nothing was done.')
  await carryOut(steps, `npm run deploy${env ? ` -- --env ${env}` : ''}`)
  console.log(
    `\n${deployment.vars.APP_URL} is deployed. The first admin: npm run admin -- EMAIL --remote${env ? ` --env ${env}` : ''}`,
  )
  if (existsSync(deployment.secretFile))
    console.log(`Keep ${basename(deployment.secretFile)} in a safe place: Cloudflare never returns secrets.`)
  return 0
}

if (import.meta.main) await runCommand(deploy)
