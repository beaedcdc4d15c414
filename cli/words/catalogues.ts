import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Language, languages } from '../../src/domain/languages.ts'
import { Stop } from '../lib/database.ts'
import { faultsOf, type Texts } from './faults.ts'

/**
 * The texts of all languages: a file of `i18n/` for each, and `wording/` for what the operator words differently. The
 * build merges both.
 */

const root = join(import.meta.dirname, '../..')

/** `reviewed_by`: who, knowing the language, read every text; null if a machine translated it and nobody did. */
export type About = { tag: Language; name: string; reviewed_by: string | null }

export type Catalogue = { about: About; texts: Texts }

/** Reads a JSON file. @throws {Stop} if it is not an object of texts */
const read = (path: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (error) {
    throw new Stop(`${path}: ${(error as Error).message}`)
  }
  throw new Stop(`${path}: must be an object`)
}

const isAbout = (value: unknown, tag: string): value is About => {
  const { tag: named, name, reviewed_by: by } = (value ?? {}) as Partial<About>
  return named === tag && typeof name === 'string' && name !== '' && (by === null || typeof by === 'string')
}

/**
 * Reads the languages as they come with the service.
 * @returns also what is wrong with them, a line each
 */
export const readCatalogues = (folder = join(root, 'i18n')): { catalogues: Catalogue[]; faults: string[] } => {
  const faults: string[] = []
  const catalogues = languages.map((tag): Catalogue => {
    const { $language: about, ...texts } = read(join(folder, `${tag}.json`))
    if (!isAbout(about, tag)) faults.push(`i18n/${tag}.json: $language must have tag ${tag}, name and reviewed_by`)
    return { about: about as About, texts: texts as Texts }
  })
  const english = catalogues[0]!.texts
  for (const [index, tag] of languages.entries())
    for (const fault of faultsOf(catalogues[index]!.texts, english, tag, { whole: true }))
      faults.push(`i18n/${tag}.json: ${fault}`)
  const unknown = globSync('*.json', { cwd: folder }).filter((file) => !languages.some((tag) => `${tag}.json` === file))
  return {
    catalogues,
    faults: [
      ...faults,
      ...unknown.map((file) => `i18n/${basename(file)}: is not a language of src/domain/languages.ts`),
    ],
  }
}

/**
 * Returns the texts of every language with the operator's own words in them. A text that a language lacks is English.
 * @throws {Stop} if the operator's words are not valid
 */
export const wordedCatalogues = (own = join(root, 'wording'), folder = join(root, 'i18n')): Catalogue[] => {
  const { catalogues } = readCatalogues(folder)
  const english = catalogues[0]!.texts
  const faults: string[] = []
  const worded = catalogues.map(({ about, texts }) => {
    const path = join(own, `${about.tag}.json`)
    const words = existsSync(path) ? (read(path) as Texts) : {}
    for (const fault of faultsOf(words, english, about.tag, { whole: false }))
      faults.push(`wording/${about.tag}.json: ${fault}`)
    return { about, texts: { ...english, ...texts, ...words } }
  })
  const unknown = globSync('*.json', { cwd: own }).filter((file) => !languages.some((tag) => `${tag}.json` === file))
  for (const file of unknown) faults.push(`wording/${file}: must be named after a language: ${languages.join(', ')}`)
  if (faults.length > 0) throw new Stop(faults.join('\n'))
  return worded
}

/** Returns the texts whose names begin with `part.`, without it. */
export const partOf = (texts: Texts, part: string): Texts =>
  Object.fromEntries(
    Object.entries(texts).flatMap(([key, text]) =>
      key.startsWith(`${part}.`) ? [[key.slice(part.length + 1), text]] : [],
    ),
  )
