import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Stop } from '../lib/database.ts'
import { type Deployment, environments, readDeployment } from '../lib/deployment.ts'
import { type Finding, fault, ok } from './finding.ts'

const about = 'shared'

/** What happens if two Workers share a resource. */
const harm: Record<string, string> = {
  Worker: 'a deployment of one replaces the other',
  database: 'each changes the users of the other',
  bucket: 'each removes the pictures and backups of the other, because it does not know them',
  'KV namespace': 'each ends sessions of the other',
  'namespace_id of a rate limit': 'each uses up the limit of the other',
  address: 'only one of them gets the requests',
}

const nameOf = ({ config, env }: Deployment, own: string) => {
  const file = config === own ? '' : `${basename(config)} `
  return `${file}${env === undefined ? '(no environment)' : `[env.${env}]`}`
}

/** What two Workers may not share: their resources, and the address if they are deployed. */
const resourcesOf = ({ resources, hosts, vars, env }: Deployment) => [
  ...resources,
  ...[...new Set([...hosts, ...(env === undefined ? [] : [vars.APP_URL?.replace(/^https?:\/\//, '') ?? ''])])]
    .filter((id) => id !== '')
    .map((id) => ({ what: 'address', id })),
]

const inherited = (a: Deployment, b: Deployment, what: string) =>
  // Every environment inherits the routes outside all environments, but `npm run deploy` deploys only environments.
  what === 'address' && a.config === b.config && (a.env === undefined || b.env === undefined)

/** Returns a fault for each resource that two of these Workers share. */
export const checkShared = (deployments: Deployment[], own: string): Finding[] => {
  const faults = deployments.flatMap((a, index) =>
    deployments.slice(index + 1).flatMap((b) =>
      resourcesOf(a)
        .filter(({ what, id }) => resourcesOf(b).some((theirs) => theirs.what === what && theirs.id === id))
        .filter(({ what }) => !inherited(a, b, what))
        .map(({ what, id }) =>
          fault(
            about,
            `${nameOf(a, own)} and ${nameOf(b, own)} have the same ${what}, ${id}: ${harm[what] ?? 'what one writes, the other reads'}`,
          ),
        ),
    ),
  )
  return faults.length > 0 ? faults : [ok(about, `${deployments.length} configurations share no resource`)]
}

/** Returns every environment of this configuration and of others beside it. */
export const deploymentsBeside = (config: string): { deployments: Deployment[]; unreadable: Finding[] } => {
  const folder = dirname(config)
  const others = readdirSync(folder)
    .filter((name) => /^wrangler[\w.-]*\.(toml|jsonc?)$/.test(name) && !name.startsWith('wrangler.deploy-'))
    .map((name) => join(folder, name))
    .filter((file) => file !== config)
  const deployments: Deployment[] = []
  const unreadable: Finding[] = []
  for (const file of [config, ...others])
    try {
      for (const env of [undefined, ...environments(file)]) deployments.push(readDeployment(env, file))
    } catch (error) {
      if (!(error instanceof Stop)) throw error
      unreadable.push(fault(about, error.message))
    }
  return { deployments, unreadable }
}
