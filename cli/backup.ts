import { resolve } from 'node:path'
import { linesOf, write } from './backup/copy.ts'
import { needsPassphrase, type Source } from './backup/file.ts'
import { passphraseOf } from './backup/passphrase.ts'
import { number } from './backup/progress.ts'
import { restore } from './backup/restore.ts'
import { openVault } from './backup/vault.ts'
import { verify } from './backup/verify.ts'
import { type Main, readArguments, runCommand } from './lib/command.ts'
import { checkPlace, localState, type Place, Stop } from './lib/database.ts'
import { type Deployment, defaultConfig, readDeployment } from './lib/deployment.ts'

const help = `
Copies the database to a file, and restores it into an empty database.

  npm run backup -- FILE [OPTIONS]             reads all tables page by page, changes nothing, blocks nobody
  npm run backup -- FILE --verify              restores into a new local database, compares all totals, removes it
  npm run backup -- FILE --restore [OPTIONS]   restores into a migrated database without users, or resumes an
                                               interrupted restore of the same file
  npm run backup -- FILE --fetch NAME          writes to FILE a backup that the cron put into R2; NAME is the name of a
                                               backup, or latest
  npm run backup -- --list                     lists the backups of the cron

  --encrypt          encrypts the file with a passphrase, from BACKUP_PASSPHRASE or typed; --verify and --restore ask
                     for it
  --pictures         includes the pictures of users
  --secrets FILE     the file that has BACKUP_KEYS, for --fetch and --list (.dev.vars, .dev.vars.production)
  --remote           the deployed database instead of the local one; wrangler must be logged in
  --persist-to DIR   the folder of the local database, as given to \`npm start\` (.wrangler/state)
  --env NAME         the environment of wrangler.toml (with --remote: production)
  --config FILE      a configuration instead of wrangler.toml
  --help

FILE (.ndjson.gz) contains password hashes, addresses and sessions, but no secrets. It is read back before it gets its
name. GATEHOUSE_PATIENCE_SECONDS (600) limits the wait for each answer of the database.
`

const list = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([name, count]) => `${number(count)} ${name}`)
    .join(', ')

const bringBack = async (source: Source, place: Place) => {
  const { rows, before, pictures } = await restore(source, place)
  const earlier = before > 0 ? `, ${number(before)} of them by the run before` : ''
  console.log(
    `${number(rows)} rows were restored${earlier}${pictures > 0 ? `, and ${number(pictures)} pictures` : ''}.`,
  )
  if (place.remote)
    console.log(
      `Sessions that have ended since the backup are live again. To end all: npm run rotate -- --emergency --env ${place.env ?? 'production'}`,
    )
}

/** Returns a time to the minute. More would mislead, because reading the database takes a while. */
const minute = (milliseconds: number) => `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`

const listOf = async (deployment: Deployment, place: Place) => {
  const { kept = [], running } = (await (await openVault(deployment, place)).state()) ?? {}
  for (const { name, at, until, rows } of kept)
    console.log(`${name}: ${number(rows)} rows, read from ${minute(at)} to ${minute(until)}`)
  if (running) console.log(`${running.name}: being written since ${minute(running.at)}`)
  if (kept.length === 0 && !running) console.log('The cron has written no backup yet.')
}

/** `npm run backup` */
export const backup: Main = async (args) => {
  const { values, positionals } = readArguments('backup', args, {
    restore: { type: 'boolean', default: false },
    verify: { type: 'boolean', default: false },
    encrypt: { type: 'boolean', default: false },
    fetch: { type: 'string' },
    list: { type: 'boolean', default: false },
    secrets: { type: 'string' },
    config: { type: 'string', default: defaultConfig },
    pictures: { type: 'boolean', default: false },
    remote: { type: 'boolean', default: false },
    'persist-to': { type: 'string' },
    env: { type: 'string' },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const { remote, env, 'persist-to': persistTo, encrypt, pictures } = values
  const [given, ...others] = positionals
  if (values.list ? given !== undefined : given === undefined || others.length > 0)
    throw new Stop(values.list ? '--list needs no file.' : 'One file is needed: npm run backup -- FILE')
  if (remote && persistTo !== undefined)
    throw new Stop('--persist-to is for the local database, --remote for the deployed one.')
  const modes = ['restore', 'verify', 'fetch', 'list'].filter((name) => values[name as 'restore'])
  if (modes.length > 1) throw new Stop(`--${modes.join(' and --')} do different things: choose one.`)
  const reading = values.restore || values.verify
  if (reading && (encrypt || pictures))
    throw new Stop('--encrypt and --pictures are only for a new backup: an existing file shows what it contains.')
  if (values.fetch !== undefined && pictures) throw new Stop('--pictures: the backups of the cron have no pictures.')
  if (values.verify && (remote || env !== undefined || persistTo !== undefined))
    throw new Stop('--verify uses a new local database, so it takes no --remote, --env or --persist-to.')
  const config = resolve(values.config)
  const place = { remote, env, persistTo: resolve(persistTo ?? localState), config }
  if (!values.verify) checkPlace(place)
  const deployment = () =>
    readDeployment(env ?? (remote ? 'production' : undefined), config, values.secrets && resolve(values.secrets))
  if (values.list) {
    await listOf(deployment(), place)
    return 0
  }
  const file = resolve(given!)
  const passphrase = (reading ? needsPassphrase(file) : encrypt) ? await passphraseOf(!reading) : undefined
  const source = { file, passphrase }
  if (values.verify) {
    for (const line of await verify(source)) console.log(line)
    console.log(`${given} can be restored completely.`)
  } else if (values.restore) await bringBack(source, place)
  else if (values.fetch !== undefined) {
    const vault = await openVault(deployment(), place)
    const manifest = await vault.manifest(values.fetch)
    console.log(`${given}: ${list(await write(source, vault.lines(manifest)))}.`)
    const { name, at, until } = manifest
    console.log(`It is ${name}, read from ${minute(at)} to ${minute(until)}, and not a snapshot of one moment.`)
  } else console.log(`${given}: ${list(await write(source, linesOf(pictures, place)))}.`)
  return 0
}

if (import.meta.main) await runCommand(backup)
