import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { type Main, readArguments, runCommand } from '../../cli/lib/command.ts'
import { Stop } from '../../cli/lib/database.ts'
import { partOf, wordedCatalogues } from '../../cli/words/catalogues.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { errorList } from '../../src/domain/problems.ts'
import { openApiDocument } from '../../src/openapi/document.ts'
import { readLogo } from './logo.ts'
import { uiFiles } from './ui.ts'

/**
 * Makes the files that the Worker serves: public/, and docs/openapi.json, which is committed. `--check` writes nothing
 * and fails if docs/openapi.json is out of date.
 */

const root = join(import.meta.dirname, '../..')
const require = createRequire(import.meta.url)
const folderOf = (name: string) => dirname(require.resolve(`${name}/package.json`))

const committed = join(root, 'docs', 'openapi.json')
const openApi = `${JSON.stringify(openApiDocument(packageJson.version), null, 2)}\n`

/** Git may have checked the file out with Windows line ends. */
const current = () => existsSync(committed) && readFileSync(committed, 'utf8').replaceAll('\r\n', '\n') === openApi

/**
 * ReDoc loads its makers' logo from their server. Our pages load nothing from others, so the picture is empty; the link
 * stays.
 */
const withoutLogo = (script: string) => {
  const logo = 'https://cdn.redoc.ly/redoc/logo-mini.svg'
  if (script.split(logo).length !== 2)
    throw new Error('tools/generate/build.ts: ReDoc does not name its logo once, by the expected URL')
  return script.replace(
    logo,
    'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 width=%221%22 height=%221%22/%3E',
  )
}

/** Returns path under public/ → content. */
const files = async () => {
  const made = new Map<string, Buffer>()
  const addFolder = (from: string, to: string) => {
    for (const entry of readdirSync(from, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) {
        const path = join(entry.parentPath, entry.name)
        made.set(join(to, relative(from, path)), readFileSync(path))
      }
  }
  addFolder(join(import.meta.dirname, 'docs-assets'), '')
  addFolder(join(root, 'ui', 'files'), 'ui')
  const logo = readLogo(join(root, 'branding', 'logo.svg'))
  if (logo) made.set(join('ui', 'favicon.svg'), logo)

  const swagger = folderOf('swagger-ui-dist')
  for (const name of ['swagger-ui-bundle.js', 'swagger-ui-bundle.js.LICENSE.txt', 'swagger-ui.css'])
    made.set(join('docs', name), readFileSync(join(swagger, name)))

  const redoc = join(folderOf('redoc'), 'bundles')
  const standalone = readFileSync(join(redoc, 'redoc.standalone.js'), 'utf8')
  made.set(join('redoc', 'redoc.standalone.js'), Buffer.from(withoutLogo(standalone)))
  made.set(
    join('redoc', 'redoc.standalone.js.LICENSE.txt'),
    readFileSync(join(redoc, 'redoc.standalone.js.LICENSE.txt')),
  )

  for (const { about, texts } of wordedCatalogues())
    made.set(join('i18n', about.tag, 'mail.json'), Buffer.from(JSON.stringify(partOf(texts, 'mail'))))

  made.set('openapi.json', Buffer.from(openApi))
  for (const [path, content] of await uiFiles(errorList())) made.set(path, content)
  return made
}

/** Leaves current files untouched, so that a running server notices only changes. */
const write = (path: string, content: Buffer) => {
  if (existsSync(path) && statSync(path).size === content.length && readFileSync(path).equals(content)) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

const help = `
Generates public/, which the Worker serves, and docs/openapi.json.

  npm run build [-- --check]

  --check            writes nothing; the exit code is 1 if docs/openapi.json is out of date
  --help
`

const build: Main = async (args) => {
  const { values, positionals } = readArguments('build', args, { check: { type: 'boolean', default: false } })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  if (positionals.length > 0)
    throw new Stop(`There is nothing to do with ${positionals[0]}. See npm run build -- --help`)
  if (values.check) {
    if (current()) return 0
    throw new Stop('docs/openapi.json is out of date: run `npm run build` and commit the result')
  }
  const target = join(root, 'public')
  const made = await files()
  for (const [path, content] of made) write(join(target, path), content)
  for (const entry of readdirSync(target, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && !made.has(relative(target, path))) rmSync(path)
  }
  if (!current()) writeFileSync(committed, openApi)
  return 0
}

await runCommand(build)
