import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrationFiles, pendingMigrations } from '../doctor/database.ts'
import {
  ask,
  hasDatabase,
  namespaceId,
  placeOf,
  ready,
  remoteSecrets,
  uploadSecrets,
} from '../lib/cloudflare-account.ts'
import { Stop } from '../lib/database.ts'
import { type Deployment, withNamespace } from '../lib/deployment.ts'
import { addMissingSecrets, missingSecrets, readVars } from '../lib/dev-vars.ts'
import { root, runNode } from '../lib/process.ts'

/** Milliseconds that a new version or a new address may take before it answers. */
const answerWithinMs = 90_000

/** `does` describes what the step will do; undefined if nothing is left to do. */
export type Step = { does: string | undefined; done: string; act: () => Promise<void> }

const unless = <T>(condition: boolean, value: T) => (condition ? [] : [value])

const list = (names: string[]) => names.join(', ')

/**
 * Determines what is left to do. A secret that the Worker already has stays as it is: the file may be an older copy,
 * and `npm run rotate` replaces keys.
 */
export const plan = async (deployment: Deployment, where: Where): Promise<Step[]> => {
  const { namespace, migrations } = deployment
  const [there, databaseThere, namespaceThere] = await Promise.all([
    remoteSecrets(deployment),
    hasDatabase(deployment),
    namespace === undefined || namespaceId(deployment).then((id) => id !== undefined),
  ])
  const pending = databaseThere
    ? await pendingMigrations(migrations, placeOf(deployment, true))
    : migrationFiles(migrations)
  return stepsFor(deployment, { there, databaseThere, namespaceThere, pending }, where)
}

/** What the account already has. `there`: the names of the Worker's secrets. */
type Present = { there?: string[]; databaseThere: boolean; namespaceThere: boolean; pending: string[] }

/** Where a new database is placed. Cloudflare cannot move it later. */
export type Where = { location?: string; jurisdiction?: string }
const locations = ['weur', 'eeur', 'wnam', 'enam', 'apac', 'oc']
const jurisdictions = ['eu', 'fedramp']

export const checked = ({ location, jurisdiction }: Where): Where => {
  if (location !== undefined && !locations.includes(location))
    throw new Stop(`--location must be one of ${list(locations)}.`)
  if (jurisdiction !== undefined && !jurisdictions.includes(jurisdiction))
    throw new Stop(`--jurisdiction must be one of ${list(jurisdictions)}.`)
  if (location !== undefined && jurisdiction !== undefined)
    throw new Stop(
      '--location and --jurisdiction cannot be combined: a jurisdiction already determines where the data is.',
    )
  return { location, jurisdiction }
}

const stepsFor = (
  deployment: Deployment,
  { there, databaseThere, namespaceThere, pending }: Present,
  where: Where,
): Step[] => {
  const place = Object.entries(where).flatMap(([option, code]) => (code ? [`--${option}`, code] : []))
  const { worker, database, namespace, secretFile, vars } = deployment
  const file = basename(secretFile)
  const toMake = missingSecrets([secretFile], vars).filter((name) => !there?.includes(name))
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
      does: databaseThere ? undefined : `make the D1 database ${[database, ...place].join(' ')}`,
      done: `the D1 database ${database} is there`,
      act: async () => void (await ask(['d1', 'create', database, ...place], deployment)),
    },
    {
      does: pending.length > 0 ? `migrate ${database}: ${list(pending)}` : undefined,
      done: `${database} has all migrations`,
      act: async () => void (await ask(['d1', 'migrations', 'apply', 'DB', '--remote'], deployment)),
    },
    {
      does: namespaceThere ? undefined : `make the KV namespace ${namespace}`,
      done: `the KV namespace ${namespace ?? 'of wrangler.toml'} is there`,
      // Given an environment, wrangler would put the environment's name before the title.
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
      does: `check that ${vars.APP_URL}/health/ready answers`,
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

/** The steps for an empty account, shown to somebody who is not logged in. */
export const stepsIntoNothing = (deployment: Deployment, where: Where): Step[] => {
  const pending = migrationFiles(deployment.migrations)
  return stepsFor(deployment, { databaseThere: false, namespaceThere: !deployment.namespace, pending }, where)
}
