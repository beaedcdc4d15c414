import { existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { secretNames } from '../../src/secret-settings.ts'
import { readSettings } from '../../src/settings.ts'
import { Stop } from '../lib/database.ts'
import type { Deployment } from '../lib/deployment.ts'
import { madeOn, readVars } from '../lib/dev-vars.ts'
import { dueAt, keyIds, readProgress, type Subject, secretOf } from '../lib/rotation.ts'
import { assertCurrent, readShared } from '../lib/rotation-state.ts'
import { type Finding, fault, hint, ok } from './finding.ts'

const day = 86_400_000

/**
 * Days after which a key should be replaced. NIST SP 800-57 part 1 §5.3.6 recommends one to two years for such keys.
 */
const oldAfter = 365

const subjects = Object.keys(secretOf) as Subject[]

const ageOf = (subject: Subject, text: string, now: Date): Finding => {
  const about = secretOf[subject]
  const [first] = keyIds(subject, text)
  const made = madeOn(first!)
  if (!made) return ok('keys', `${about}: the key in use is ${first}, whose name does not show its age`)
  const days = Math.floor((now.getTime() - made.getTime()) / day)
  return days > oldAfter
    ? hint('keys', `${about}: the key is ${days} days old; replace it with npm run rotate -- ${subject}`)
    : ok('keys', `${about}: the key is ${days} days old`)
}

const underWay = (subject: Subject, { secretFile, vars, env }: Deployment, secrets: object): Finding[] => {
  const progress = readProgress(secretFile, subject)
  if (!progress) return []
  const command = `npm run rotate -- ${subject} --finish${env ? ` --env ${env}` : ''}`
  const due = dueAt(subject, progress, readSettings({ ...vars, ...secrets }))
  return due
    ? [hint('keys', `${secretOf[subject]}: a rotation is under way; from ${due.toISOString()} on, run ${command}`)]
    : [fault('keys', `${secretOf[subject]}: a step of its rotation was not uploaded; run ${command}`)]
}

/** Reports rotations that the deployed database knows of. @throws {Stop} if it cannot be asked */
export const checkRotations = async (deployment: Deployment): Promise<Finding[]> => {
  const secrets = readVars([deployment.secretFile])
  const found: Finding[] = []
  for (const subject of subjects) {
    const [shared, text] = [await readShared(subject, deployment), secrets[secretOf[subject]]]
    if (!shared || !text) continue
    try {
      assertCurrent(shared, keyIds(subject, text), deployment)
      const command = `npm run rotate -- ${subject} --finish --env ${deployment.env}`
      found.push(
        shared.due
          ? hint(
              'keys',
              `${secretOf[subject]}: a rotation is under way; from ${shared.due.toISOString()} on, run ${command}`,
            )
          : fault('keys', `${secretOf[subject]}: a step of its rotation was not completed; run ${command}`),
      )
    } catch (error) {
      if (!(error instanceof Stop)) throw error
      found.push(fault('keys', error.message))
    }
  }
  return found
}

/** What happens if two deployments share a secret. Alert webhooks are not listed: both may post to the same place. */
const harm: Record<string, string> = {
  SIGNING_KEYS: 'tokens of one deployment are valid at the other',
  TOKEN_KEYS: 'tokens of one deployment are valid at the other',
  DATA_KEYS: 'whoever has it from one deployment can read the seeds of authenticator apps of the other',
  PROXY_KEY: 'the site of one may name visitors at the other',
  CLOUDINARY_URL: 'each deployment can remove pictures of the other',
  BACKUP_KEYS: 'whoever has it from one deployment can read the backups of the other',
  MIGRATION_SECRET: 'whoever knows it from one deployment can ask the old system of the other',
} satisfies Partial<Record<(typeof secretNames)[number], string>>

/**
 * Checks the file of secrets: it exists, is complete, is readable by its owner only, and shares no secret with another
 * deployment.
 * @param readable whether the Worker accepts the file's values
 * @param others files of other deployments
 */
export const checkKeys = (deployment: Deployment, readable: boolean, others: string[], now = new Date()): Finding[] => {
  const { secretFile, required, env } = deployment
  const name = basename(secretFile)
  if (!existsSync(secretFile))
    return [
      fault(
        'keys',
        env
          ? `${name} does not exist; npm run deploy -- --env ${env} creates it before the first deployment. If it was lost, put a copy back: Cloudflare returns no secret. Without a copy: npm run rotate -- --emergency --env ${env} creates new keys and ends every session`
          : `${name} does not exist; \`npm start\` creates it with fresh secrets`,
      ),
    ]
  const secrets = readVars([secretFile])
  const missing = required.filter((secret) => !secrets[secret])
  const open = process.platform !== 'win32' && (statSync(secretFile).mode & 0o077) !== 0
  const shared = others
    .filter((file) => file !== secretFile)
    .flatMap((file) => {
      const theirs = readVars([file])
      return Object.keys(harm)
        .filter((secret) => secrets[secret] && secrets[secret] === theirs[secret])
        .map((secret) => ({ file, secret }))
    })
  return [
    ...missing.map((secret) => fault('keys', `${name} lacks ${secret}; add it with npm run secrets -- ${name}`)),
    ...(open ? [fault('keys', `others can read ${name}; run chmod 600 ${name}`)] : []),
    ...shared.map(({ file, secret }) =>
      fault('keys', `${secret} is the same in ${basename(file)}, so ${harm[secret]}`),
    ),
    ...(readable && missing.length === 0
      ? subjects.flatMap((subject) => {
          const text = secrets[secretOf[subject]]
          return text ? [ageOf(subject, text, now), ...underWay(subject, deployment, secrets)] : []
        })
      : []),
  ]
}
