import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { partOf, wordedCatalogues } from '../../cli/words/catalogues.ts'
import type { Texts } from '../../cli/words/faults.ts'
import { say, type Language as Tag } from '../../src/domain/languages.ts'
import type { errorList } from '../../src/domain/problems.ts'
import { exampleNames, previewsIn } from './previews.ts'

/**
 * Makes the pages of ui/: public/ui/TAG/PAGE.html for each language, the scripts and styles that they load, and the
 * examples of mails that the console shows.
 */

const root = join(import.meta.dirname, '../..')
const ui = join(root, 'ui')

/** `reviewed`: whether somebody who knows the language has read the texts. */
export type Language = { tag: Tag; name: string; reviewed: boolean; texts: Texts }

/** The languages of i18n/ with the operator's own words, English first. A text that a language lacks is English. */
export const readLanguages = (): Language[] =>
  wordedCatalogues().map(({ about: { tag, name, reviewed_by: by }, texts }) => ({
    tag,
    name,
    reviewed: by !== null,
    texts,
  }))

/** A path with the slashes of URLs, on Windows too. */
const slashes = (path: string) => path.replaceAll('\\', '/')

const options = {
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  logLevel: 'silent',
  absWorkingDir: root,
} as const

/** Bundles scripts and styles. Their names contain a hash of their content, so that browsers may keep them for ever. */
const bundled = async (entries: string[]) => {
  const { outputFiles, metafile } = await build({
    ...options,
    entryPoints: entries,
    outdir: 'public/ui/assets',
    entryNames: '[name]-[hash]',
    format: 'esm',
    target: ['chrome111', 'firefox128', 'safari17.4'],
    legalComments: 'eof',
  })
  const contents = new Map(outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]))
  return new Map(
    Object.entries(metafile.outputs).map(([path, { entryPoint, inputs }]) => {
      const name = basename(path)
      return [entryPoint!, { name, inputs: Object.keys(inputs), content: contents.get(name)! }]
    }),
  )
}

/** What the bundle of ui/pages exports, typed loosely: the exact types, in ui/page.ts, need another tsconfig. */
type Rendered = {
  pages: Record<string, { layout: string; script?: string }>
  render: (given: object) => Promise<string>
}

/** Bundles the pages for Node and loads them. Node itself does not read JSX. */
const pages = async (): Promise<Rendered> => {
  const files = globSync('pages/**/*.tsx', { cwd: ui }).map(slashes).sort()
  const { outputFiles } = await build({
    ...options,
    stdin: {
      contents: [
        "export { render } from './render.tsx'",
        ...files.map((file, index) => `import { page as p${index} } from './${file}'`),
        `export const pages = { ${files.map((file, index) => `'${file.slice('pages/'.length, -'.tsx'.length)}': p${index}`).join(', ')} }`,
      ].join('\n'),
      resolveDir: ui,
      loader: 'ts',
    },
    platform: 'node',
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString('base64')}`)
}

/** Texts that say less than the service's own English ones. */
const general = ['fault.too_long', 'fault.too_short', 'fault.unchanged']

const named = /\bword\(\s*'([\w.]+)'/g

/** Returns the keys of the texts that a bundled script names. */
const keysOf = (inputs: string[]): string[] =>
  inputs
    .filter((path) => path.startsWith('ui/scripts/'))
    .flatMap((path) => [...readFileSync(join(root, path), 'utf8').matchAll(named)].map(([, key]) => key!))

/**
 * Returns the texts for a script: those that it names and, if it shows refusals, audit events or mails, those about
 * every code, event or kind of mail. An English refusal brings its sentence, so only other sentences are included.
 */
const textsFor = (inputs: string[], { tag, texts }: Language, errors: ReturnType<typeof errorList>): Texts => {
  const refusals = inputs.includes('ui/scripts/forms.ts')
  const events = inputs.includes('ui/scripts/events.ts')
  const mails = inputs.includes('ui/scripts/console/mail-words.ts')
  const usual = new Map(errors.map(({ code, detail }) => [`code.${code}`, detail]))
  const isNeeded = (key: string) => {
    if (key.startsWith('event.')) return events
    if (/^mail_(?:kind|error)\./.test(key)) return mails
    if (key.startsWith('fault.')) return refusals && (tag !== 'en' || !general.includes(key))
    return refusals && key.startsWith('code.') && (tag !== 'en' || texts[key] !== usual.get(key))
  }
  const keys = Object.keys(texts).filter(isNeeded)
  const all = [...new Set([...keys, ...keysOf(inputs)])]
  return Object.fromEntries(all.map((key) => [key, texts[key]!]))
}

const scriptOf = (name: string) => `ui/scripts/${name}.ts`
const styleOf = (layout: string) => `ui/styles/${layout}.css`

/** Returns path under public/ → content. */
export const uiFiles = async (
  errors: ReturnType<typeof errorList>,
  languages = readLanguages(),
): Promise<Map<string, Buffer>> => {
  const { pages: all, render } = await pages()
  const needed = Object.values(all).flatMap(({ layout, script }) => [
    styleOf(layout),
    ...(script ? [scriptOf(script)] : []),
  ])
  const assets = await bundled([...new Set(needed)].sort())
  const made = new Map<string, Buffer>()
  for (const { name, content } of assets.values()) made.set(join('ui', 'assets', name), content)
  for (const [name, page] of Object.entries(all))
    for (const language of languages) {
      const style = assets.get(styleOf(page.layout))!
      const script = page.script === undefined ? undefined : assets.get(scriptOf(page.script))
      const t = (key: string, values: Record<string, string | number> = {}) => {
        const text = language.texts[key]
        if (text === undefined) throw new Error(`i18n/en.json has no ${key}`)
        return say(text, values, language.tag)
      }
      const html = await render({
        page,
        t,
        tag: language.tag,
        errors,
        languages,
        mails: exampleNames,
        files: {
          sheet: `/ui/assets/${style.name}`,
          script: script && `/ui/assets/${script.name}`,
        },
        texts: script && textsFor(script.inputs, language, errors),
      })
      made.set(join('ui', language.tag, `${name}.html`), Buffer.from(html))
    }
  for (const { tag, texts } of languages)
    for (const [path, content] of previewsIn(tag, partOf(texts, 'mail'))) made.set(path, content)
  return made
}
