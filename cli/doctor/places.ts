import { hasDatabase, placeOf, ready, remoteSecrets, sendingDomains } from '../lib/cloudflare-account.ts'
import { Stop } from '../lib/database.ts'
import type { Deployment } from '../lib/deployment.ts'
import { readVars } from '../lib/dev-vars.ts'
import { keyIds } from '../lib/rotation.ts'
import { subjectChanges } from '../lib/token-subject.ts'
import { checkDatabase } from './database.ts'
import { type Finding, fault, hint, ok } from './finding.ts'
import { checkRotations } from './keys.ts'
import { checkTls } from './tls.ts'

/** Bindings that a deployment may omit, with what it lacks without them. */
const optional: Record<string, string | undefined> = {
  EVENTS: 'counters, docs/operate/observability.md',
  BACKUPS: 'backups by the cron, docs/operate/operations.md',
  AUDIT_ARCHIVE: 'the archive of the audit, docs/operate/operations.md',
  // Needed only during a migration.
  MIGRATION: undefined,
}

/** Checks that wrangler.toml gives an environment everything that local runs have: environments inherit nothing. */
export const checkBindings = (deployment: Deployment, local: Deployment): Finding[] => {
  const lacks = (there: string[], here: string[]) => there.filter((name) => !here.includes(name) && !(name in optional))
  const where = deployment.env ? `[env.${deployment.env}]` : 'wrangler.toml'
  const faults = [
    ...lacks(local.bindings, deployment.bindings).map((name) => `${name}: ${where} lacks it`),
    ...lacks(deployment.bindings, local.bindings).map((name) => `${name}: is in ${where} alone`),
    ...lacks(local.required, deployment.required).map((name) => `${name}: ${where} does not require this secret`),
    ...lacks(Object.keys(local.vars), Object.keys(deployment.vars)).map(
      (name) => `${name}: ${where} has no such variable`,
    ),
    ...cron(deployment),
    ...shield(deployment),
    ...logs(deployment),
    ...backups(deployment),
    ...archive(deployment),
  ]
  return [
    ...(faults.length > 0
      ? faults.map((says) => fault('bindings', says))
      : [ok('bindings', [deployment.bindings.join(', '), ...without(deployment)].join('; '))]),
    ...(deployment.observability?.logs?.invocation_logs === false
      ? []
      : [hint('bindings', 'invocation_logs: is not false, so the logs contain the addresses of visitors')]),
  ]
}

const cron = ({ crons }: Deployment) => {
  if (crons.length === 0) return ['no cron: failed mails are never retried, and nothing is cleaned up']
  if (crons.some((text) => /^\*(\/1)?( \*){4}$/.test(text.trim()))) return []
  return [`crons: ${crons.join(', ')} is not every minute: postponed and retried mails wait for it: use * * * * *`]
}

/** The most requests per second that still limit anybody: ten times the limit that wrangler.toml comes with. */
const mostPerSecond = 100

const shield = ({ shield }: Deployment) => {
  if (!shield) return []
  const { limit = 0, period = 60 } = shield
  if (limit / period > mostPerSecond)
    return [`SHIELD: ${limit} requests in ${period} seconds are no shield: 100 in 10 seconds are enough for a school`]
  return limit / period < 1
    ? [`SHIELD: ${limit} requests in ${period} seconds lock out everybody behind one address`]
    : []
}

const logs = ({ observability }: Deployment) =>
  observability?.enabled !== true || observability.logs?.enabled === false
    ? ['observability: the logs are off, so no fault can be found: set enabled = true']
    : []

const backups = ({ vars, bindings, backups, bucket }: Deployment) => {
  if (backups === bucket) return [`BACKUPS: has the bucket of AVATARS, ${bucket}: give it one of its own`]
  const wanted = Number(vars.BACKUP_EVERY_HOURS ?? 0) > 0
  if (wanted && !bindings.includes('BACKUPS')) return ['BACKUPS: BACKUP_EVERY_HOURS is set, and no bucket is bound']
  return backups && !wanted ? ['BACKUPS: is bound, and BACKUP_EVERY_HOURS is not set: no backup is ever written'] : []
}

const archive = ({ vars, archive, bucket, backups }: Deployment) => {
  if (archive && [bucket, backups].includes(archive))
    return [
      `AUDIT_ARCHIVE: shares the bucket ${archive} with ${archive === bucket ? 'AVATARS' : 'BACKUPS'}: give it one of its own`,
    ]
  return !archive && Number(vars.AUDIT_ARCHIVE_AFTER_DAYS ?? 0) > 0
    ? ['AUDIT_ARCHIVE: AUDIT_ARCHIVE_AFTER_DAYS is set, and no bucket is bound']
    : []
}

const without = ({ bindings }: Deployment) =>
  Object.entries(optional).flatMap(([name, what]) =>
    !what || bindings.includes(name) ? [] : [`without ${name} (${what})`],
  )

/** Domains of mail services, whose SPF and DMARC reject mails sent from elsewhere. */
const free = new Set(
  (
    'gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com aol.com icloud.com me.com ' +
    'mac.com proton.me protonmail.com gmx.com gmx.de gmx.net web.de mail.com yandex.ru yandex.com mail.ru qq.com ' +
    '163.com 126.com zoho.com fastmail.com t-online.de orange.fr free.fr libero.it'
  ).split(' '),
)

/**
 * Checks whether mails may be sent from the sender's address: by the binding, and by the account if it can be asked.
 */
export const checkSender = (deployment: Deployment, domains: string[] | undefined): Finding => {
  const from = deployment.vars.MAIL_FROM ?? ''
  if (deployment.senders && !deployment.senders.includes(from))
    return fault('mail', `${from} is not among allowed_sender_addresses of the binding EMAIL`)
  const host = from.split('@')[1] ?? ''
  if (free.has(host.toLowerCase()))
    return fault('mail', `${from}: ${host} belongs to its own mail service, and no other may send for it`)
  if (!domains) return ok('mail', `the binding EMAIL lets ${from} send`)
  const domain = from.split('@')[1]!
  return domains.includes(domain)
    ? ok('mail', `${domain} may send`)
    : fault('mail', `${domain} is not set up for sending: docs/concepts/mail.md, "For real"`)
}

/** Returns the ids of the keys that a service publishes; undefined if it cannot be reached. */
export const published = async (appUrl: string): Promise<string[] | undefined> => {
  try {
    const response = await fetch(`${appUrl}/.well-known/jwks.json`, { signal: AbortSignal.timeout(10_000) })
    return ((await response.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
  } catch {}
}

/** Compares the keys that the deployed service publishes with the keys of the operator's copy. */
export const checkPublished = async (deployment: Deployment): Promise<Finding[]> => {
  const { SIGNING_KEYS: keys } = readVars([deployment.secretFile])
  const seen = await published(deployment.vars.APP_URL ?? '')
  if (!keys || !seen) return []
  const same = keyIds('signing', keys).join() === seen.join()
  return same
    ? [ok('keys', 'the service publishes the keys of the local copy')]
    : [
        fault(
          'keys',
          'the service does not publish the keys of the local copy, which is out of date or was never uploaded',
        ),
      ]
}

/** Checks what only Cloudflare and the service can answer. */
export const checkRemote = async (deployment: Deployment): Promise<Finding[]> => {
  const deploy = `npm run deploy -- --env ${deployment.env}`
  try {
    const [secrets, databaseThere] = await Promise.all([remoteSecrets(deployment), hasDatabase(deployment)])
    if (!secrets) return [fault('worker', `${deployment.worker} is not deployed: ${deploy}`)]
    const missing = deployment.required.filter((name) => !secrets.includes(name))
    const [database, domains] = await Promise.all([
      databaseThere
        ? checkDatabase(
            deployment.migrations,
            placeOf(deployment, true),
            deploy,
            readVars([deployment.secretFile]).DATA_KEYS,
          )
        : [fault('database', `the account has no ${deployment.database}: ${deploy}`)],
      sendingDomains(deployment),
    ])
    const sender = domains
      ? checkSender(deployment, domains)
      : hint('mail', 'could not check whether the sender may send: the token needs the permission Email Sending')
    const unreachable = await ready(deployment.vars.APP_URL ?? '')
    const subject = await subjectChanges(deployment)
    return [
      ok('worker', `${deployment.worker} is deployed`),
      ...missing.map((name) => fault('worker', `the deployed Worker lacks ${name}: ${deploy}`)),
      ...database,
      sender,
      unreachable ? fault('service', unreachable) : ok('service', `${deployment.vars.APP_URL} answers`),
      ...(unreachable ? [] : await checkPublished(deployment)),
      ...(databaseThere ? await checkRotations(deployment) : []),
      ...(subject ? [fault('service', subject)] : []),
      ...(await checkTls(deployment.vars.APP_URL ?? '')),
    ]
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    return [fault('account', error.message)]
  }
}
