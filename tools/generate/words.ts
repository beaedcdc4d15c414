import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Main, readArguments, runCommand } from '../../cli/lib/command.ts'
import { Stop } from '../../cli/lib/database.ts'
import { type Catalogue, partOf, readCatalogues } from '../../cli/words/catalogues.ts'

/**
 * Checks the texts of all languages, and generates the committed files from them: the English mails, which are part of
 * the Worker, and the client's words.
 */

const root = join(import.meta.dirname, '../..')

const english = ({ texts }: Catalogue) => `${JSON.stringify(partOf(texts, 'mail'), null, 2)}\n`

/** client/words-TAG.ts */
const clientWords = ({ about, texts }: Catalogue) => {
  return `// Generated from i18n/${about.tag}.json by \`npm run words\`.

import { translation } from './translation.ts'

/** Sentences about every code. ${about.reviewed_by === null ? 'Translated by a machine; nobody has reviewed them yet.' : `Reviewed by ${about.reviewed_by}.`} */
export const words = translation(
  ${JSON.stringify(about.tag)},
  {
${Object.entries(partOf(texts, 'code'))
  .map(([code, sentence]) => `    ${code}: ${JSON.stringify(sentence)},`)
  .join('\n')}
  },
  ${JSON.stringify(partOf(texts, 'wait'))},
)
`
}

const help = `
Checks the texts of all languages (i18n/), and generates src/mail/english.json and client/words-TAG.ts from them.

  npm run words [-- --check]

  --check            writes nothing; the exit code is 1 if a text is missing or wrong, or a file is out of date
  --help
`

const words: Main = async (args) => {
  const { values, positionals } = readArguments('words', args, { check: { type: 'boolean', default: false } })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  if (positionals.length > 0)
    throw new Stop(`There is nothing to do with ${positionals[0]}. See npm run words -- --help`)
  const { catalogues, faults } = readCatalogues()
  if (faults.length > 0 && values.check) throw new Stop(faults.join('\n'))
  for (const fault of faults) console.warn(fault)
  const [first, ...others] = catalogues as [Catalogue, ...Catalogue[]]
  const files = new Map([
    [join('src', 'mail', 'english.json'), english(first)],
    ...others.map((catalogue) => [join('client', `words-${catalogue.about.tag}.ts`), clientWords(catalogue)] as const),
  ])
  const current = ([path, text]: [string, string]) =>
    existsSync(join(root, path)) && readFileSync(join(root, path), 'utf8').replaceAll('\r\n', '\n') === text
  const odd = globSync('client/words-*.ts', { cwd: root }).filter((path) => !files.has(path))
  const behind = [...files].filter((file) => !current(file)).map(([path]) => path)
  if (values.check) {
    if (behind.length + odd.length > 0) throw new Stop(`${[...behind, ...odd].join(', ')}: out of date: npm run words`)
    return 0
  }
  for (const path of odd) rmSync(join(root, path))
  for (const path of behind) writeFileSync(join(root, path), files.get(path)!)
  return 0
}

await runCommand(words)
