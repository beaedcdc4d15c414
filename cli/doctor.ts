import { resolve } from 'node:path'
import { scryptCost } from '../src/setting-values.ts'
import { settingNames } from '../src/settings.ts'
import { checkDatabase } from './doctor/database.ts'
import { type Finding, faulty, hint, line, summary } from './doctor/finding.ts'
import { checkHash, type Engine } from './doctor/hash.ts'
import { checkKeys } from './doctor/keys.ts'
import { checkBindings, checkRemote, checkSender } from './doctor/places.ts'
import { checkSettings } from './doctor/settings.ts'
import { checkShared, deploymentsBeside } from './doctor/shared.ts'
import { placeOf } from './lib/cloudflare-account.ts'
import { type Main, readArguments, runCommand } from './lib/command.ts'
import { Stop } from './lib/database.ts'
import { type Deployment, defaultConfig, readDeployment } from './lib/deployment.ts'
import { readVars } from './lib/dev-vars.ts'

const help = `
Reports faults of a deployment and possible improvements, one on each line. The exit code is 1 if there is a fault.

  npm run doctor [-- OPTIONS]

  --env NAME         the environment of wrangler.toml, with .dev.vars.NAME (default: local runs)
  --remote           also asks Cloudflare and the service; wrangler must be logged in (default: --env production)
  --persist-to DIR   the folder of the local database, as given to \`npm start\` (.wrangler/state)
  --secrets FILE     the file of secrets instead of .dev.vars or .dev.vars.NAME
  --config FILE      a configuration instead of wrangler.toml
  --json             the findings as JSON
  --help

It changes nothing and shows no secret.
`

/** Finds misspelt names. The setting that was meant would silently keep its default. */
const misspelt = (deployment: Deployment, secrets: object): Finding[] =>
  [...Object.keys(deployment.vars), ...Object.keys(secrets)]
    .filter((name) => !settingNames.includes(name))
    .map((name) => hint('settings', `${name}: there is no such setting (docs/reference/settings.md)`))

const cost = (text: string | undefined) => {
  const parsed = scryptCost.safeParse(text)
  return parsed.success ? parsed.data : { ln: 15, r: 8, p: 3 }
}

const engine = (text: string | undefined): Engine => (text === 'native' ? 'native' : 'noble')

const examine = async (deployment: Deployment, remote: boolean, persistTo: string | undefined): Promise<Finding[]> => {
  const { config, env, secretFile } = deployment
  const secrets = readVars([secretFile])
  // A secret that the file lacks is reported once, as missing from the file.
  const settings = checkSettings(
    deployment,
    secrets,
    deployment.required.filter((name) => !secrets[name]),
  )
  const settingOf = (name: string) => secrets[name] ?? deployment.vars[name]
  const { deployments, unreadable } = deploymentsBeside(config)
  const files = deployments.map((one) => one.secretFile)
  const readable = !settings.some(({ level, says }) => level === 'fault' && /^(SIGNING|TOKEN)_KEYS: must/.test(says))
  return [
    ...checkBindings(deployment, readDeployment(undefined, config)),
    ...unreadable,
    ...checkShared(deployments, config),
    ...settings,
    ...misspelt(deployment, secrets),
    ...checkKeys(deployment, readable, files),
    checkHash(cost(settingOf('PASSWORD_SCRYPT')), deployment.cpuMs, engine(settingOf('PASSWORD_ENGINE'))),
    ...(remote
      ? await checkRemote(deployment)
      : [
          checkSender(deployment, undefined),
          ...(env === undefined
            ? await checkDatabase(
                deployment.migrations,
                placeOf(deployment, false, persistTo),
                '`npm start` does it',
                secrets.DATA_KEYS,
              )
            : []),
        ]),
  ]
}

/** `npm run doctor` */
export const doctor: Main = async (args) => {
  const { values } = readArguments('doctor', args, {
    env: { type: 'string' },
    remote: { type: 'boolean', default: false },
    'persist-to': { type: 'string' },
    secrets: { type: 'string' },
    config: { type: 'string', default: defaultConfig },
    json: { type: 'boolean', default: false },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const { remote, env = remote ? 'production' : undefined, 'persist-to': persistTo } = values
  if (env !== undefined && persistTo !== undefined) throw new Stop('--persist-to is about the local database.')
  const deployment = readDeployment(env, resolve(values.config), values.secrets && resolve(values.secrets))
  const findings = await examine(deployment, remote, persistTo && resolve(persistTo))
  if (values.json) console.log(JSON.stringify(findings, null, 2))
  else console.log([...findings.map(line), '', summary(findings)].join('\n'))
  return faulty(findings) ? 1 : 0
}

if (import.meta.main) await runCommand(doctor)
