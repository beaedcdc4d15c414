import { resolve } from 'node:path'
import { type Main, runCommand } from './lib/command.ts'
import { Stop } from './lib/database.ts'
import { addMissingSecrets } from './lib/dev-vars.ts'

/**
 * Creates the secrets of a deployment: `npm run secrets -- FILE` adds the missing ones to FILE, which only its owner
 * can read. `npm run deploy` does the same and uploads them. No secret is shown.
 */
const secrets: Main = async ([file, ...others]) => {
  if (!file || file.startsWith('-') || others.length > 0)
    throw new Stop('npm run secrets -- FILE, for example .dev.vars.production, which git ignores')
  const added = addMissingSecrets([resolve(file)])
  console.log(added.length > 0 ? `Added to ${file}: ${added.join(', ')}` : `${file} has every secret already.`)
  return 0
}

await runCommand(secrets)
