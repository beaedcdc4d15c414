import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { checked, plan, type Step, stepsIntoNothing, type Where } from './deploy/steps.ts'
import { type Finding, fault, faulty, line } from './doctor/finding.ts'
import { checkBindings } from './doctor/places.ts'
import { checkSettings } from './doctor/settings.ts'
import { type Main, readArguments, runCommand } from './lib/command.ts'
import { Stop } from './lib/database.ts'
import { type Deployment, defaultConfig, readDeployment } from './lib/deployment.ts'
import { readVars } from './lib/dev-vars.ts'
import { subjectChanges } from './lib/token-subject.ts'

const help = `
Deploys the service to a Cloudflare account: its resources, secrets and migrations, then the code.

  npm run deploy [-- OPTIONS]

  --env NAME         the environment of wrangler.toml (production)
  --dry-run          shows every step in order, and changes nothing
  --yes              does not ask for confirmation
  --location CODE    where a new database is placed: weur, eeur, wnam, enam, apac or oc (default: near you)
  --jurisdiction CODE  where its data must stay: eu or fedramp. Location and jurisdiction cannot be changed later
  --secrets FILE     the file of secrets instead of .dev.vars.NAME; missing secrets are added to it
  --config FILE      a configuration instead of wrangler.toml
  --change-subject   allows a TOKEN_SUBJECT that differs from that of the deployed service
  --help

wrangler must be logged in: npx wrangler login, or CLOUDFLARE_API_TOKEN. After any failure you can run it again.
`

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

/** Carries out the steps one after the other. If one fails, reports which steps were not done. */
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

/**
 * Prints the steps. Without a log-in, it prints the steps for an empty account: which of them are already done is
 * unknown.
 * @returns why the account could not be asked; undefined if it was
 */
const show = async (deployment: Deployment, where: Where): Promise<string | undefined> => {
  try {
    for (const { does, done } of await plan(deployment, where))
      console.log(does === undefined ? `there  ${done}` : `to do  ${does}`)
    return
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    for (const { does, done } of stepsIntoNothing(deployment, where))
      console.log(does === undefined ? `there  ${done}` : `to do? ${does}`)
    console.log('Which of these steps the account still needs is unknown until wrangler is logged in.')
    return error.message
  }
}

/** A Cloudflare build has no environment: the deploy button writes the Worker's name and resources at the top level. */
const chosen = (env: string | undefined) => env ?? (process.env.WORKERS_CI ? undefined : 'production')

/** `npm run deploy` */
export const deploy: Main = async (args) => {
  const { values } = readArguments('deploy', args, {
    env: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    yes: { type: 'boolean', default: false },
    secrets: { type: 'string' },
    location: { type: 'string' },
    jurisdiction: { type: 'string' },
    config: { type: 'string', default: defaultConfig },
    'change-subject': { type: 'boolean', default: false },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const { 'dry-run': dryRun } = values
  const where = checked(values)
  const asked = !values.yes && !process.env.WORKERS_CI
  const config = resolve(values.config)
  const env = chosen(values.env)
  const deployment = readDeployment(env, config, values.secrets && resolve(values.secrets))
  const findings = check(deployment, config)
  const changes = values['change-subject'] ? undefined : await subjectChanges(deployment)
  if (changes) findings.push(fault('settings', `${changes}; --change-subject allows it`))
  const wrong = faulty(findings)
  if (dryRun) {
    const unknown = await show(deployment, where)
    for (const finding of findings) console.log(line(finding))
    console.log(`Nothing was done: --dry-run.${wrong ? ' The faults above would have to be fixed first.' : ''}`)
    if (unknown) throw new Stop(unknown)
    return wrong ? 1 : 0
  }
  for (const finding of findings) console.log(line(finding))
  if (wrong) throw new Stop('Nothing was done. Fix the faults above, then run it again.')

  if (asked && !process.stdin.isTTY)
    throw new Stop('Nothing was done, because nobody can confirm it here. --yes deploys without a confirmation.')

  const steps = await plan(deployment, where)
  for (const { does, done } of steps) console.log(does === undefined ? `there  ${done}` : `to do  ${does}`)
  if (!where.location && !where.jurisdiction && steps.some(({ does }) => does?.startsWith('make the D1 database')))
    console.log(
      'The database will be created near this computer and cannot be moved later. To choose a place: --location CODE, or --jurisdiction eu for the EU.',
    )
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
