import { resolve } from 'node:path'
import { addMissingSecrets } from './dev-vars.ts'

/**
 * Makes the secrets of a deployment: `npm run secrets -- FILE` adds to FILE, which only its owner can read, those it
 * lacks. `npm run deploy` does it too, and hands them over. No secret is shown.
 */
const [file, ...others] = process.argv.slice(2)
if (!file || file.startsWith('-') || others.length > 0) {
  console.error('npm run secrets -- FILE, for example .dev.vars.production, which git ignores')
  process.exit(1)
}
const added = addMissingSecrets([resolve(file)])
console.log(added.length > 0 ? `Added to ${file}: ${added.join(', ')}` : `${file} has every secret already.`)
