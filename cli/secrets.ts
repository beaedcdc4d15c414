import { resolve } from 'node:path'
import { type Main, readArguments, runCommand } from './lib/command.ts'
import { Stop } from './lib/database.ts'
import { addMissingSecrets, missingSecrets } from './lib/dev-vars.ts'

const help = `
Adds the secrets that a file of secrets lacks, and creates the file if there is none. Only its owner can read it.
\`npm run deploy\` does the same and uploads them. No secret is shown.

  npm run secrets -- FILE      for example .dev.vars.production, which git ignores
  npm run secrets -- FILE --backups    also BACKUP_KEYS, for backups by the cron
  npm run secrets -- --help
`

/** `npm run secrets` */
export const secrets: Main = async (args) => {
  const { values, positionals } = readArguments('secrets', args, { backups: { type: 'boolean', default: false } })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const [file, ...others] = positionals
  if (!file || others.length > 0)
    throw new Stop('One file is needed: npm run secrets -- FILE, for example .dev.vars.production, which git ignores')
  const files = [resolve(file)]
  const added = addMissingSecrets(files, missingSecrets(files, values.backups ? { BACKUP_EVERY_HOURS: '24' } : {}))
  console.log(added.length > 0 ? `Added to ${file}: ${added.join(', ')}` : `${file} has every secret already.`)
  return 0
}

if (import.meta.main) await runCommand(secrets)
