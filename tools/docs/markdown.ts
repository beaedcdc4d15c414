import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../cli/lib/process.ts'

/** A heading with the text below it, up to the next one. `anchor` is GitHub's. */
export type Section = { heading: string; anchor: string; text: string; tables: string[][][] }

export type Snippet = { language: string; code: string }

export type Page = {
  /** Relative to the project, with `/`. */
  path: string
  text: string
  /** Without fenced code. */
  prose: string
  sections: Section[]
  snippets: Snippet[]
}

const fence = /^```(\w*)\n([\s\S]*?)^```$/gm

/** Returns the texts between backticks. */
export const codeSpans = (text: string) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)

/**
 * Returns the cells of a row. Every `|` is a border here. GitHub shows `\|` as a character of its cell, so tables that
 * are read here must not contain one.
 */
const cellsOf = (line: string) =>
  line
    .replace(/^\|\s?|\s?\|\s*$/g, '')
    .split('|')
    .map((cell) => cell.trim())

/** Returns the rows of each table, head first and without the line below it. */
const tablesOf = (text: string) =>
  [...text.matchAll(/(?:^\|.*\|\s*$\n?)+/gm)].map(([table]) =>
    table
      .trimEnd()
      .split('\n')
      .filter((line) => !/^\|(?:\s*:?-+:?\s*\|)+\s*$/.test(line))
      .map(cellsOf),
  )

/** Returns GitHub's anchor (github-slugger): lower case, signs removed except `-` and `_`, a `-` for each space. */
const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[^\p{L}\p{M}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')

const sectionsOf = (prose: string): Section[] => {
  const seen = new Map<string, number>()
  return prose
    .split(/^(?=#{1,6} )/m)
    .filter((part) => part.startsWith('#'))
    .map((part) => {
      const [line = ''] = part.split('\n', 1)
      const heading = line.replace(/^#+ /, '').trim()
      const base = slug(heading)
      const times = seen.get(base) ?? 0
      seen.set(base, times + 1)
      return { heading, anchor: times ? `${base}-${times}` : base, text: part, tables: tablesOf(part) }
    })
}

/** Returns the text of any file of the project. */
export const read = (path: string) => readFileSync(join(root, path), 'utf8').replaceAll('\r\n', '\n')

const readPage = (path: string): Page => {
  const text = read(path)
  const prose = text.replace(fence, '')
  const snippets = [...text.matchAll(fence)].map(([, language = '', code = '']) => ({ language, code }))
  return { path: path.replaceAll('\\', '/'), text, prose, sections: sectionsOf(prose), snippets }
}

/**
 * Returns all pages for people: those in the root folder and docs/, and the READMEs of the parts around the service.
 */
const readPages = (): Page[] =>
  globSync(['*.md', 'docs/**/*.md', 'bench/*.md', 'client/*.md', 'examples/*/*.md'], { cwd: root }).sort().map(readPage)

export const pages = readPages()

export const page = (path: string): Page => {
  const found = pages.find((candidate) => candidate.path === path)
  if (!found) throw new Error(`${path} is missing`)
  return found
}

/** Returns the rows below the heads of a page's tables, or of one section's. */
export const rows = (path: string, heading?: string) =>
  page(path)
    .sections.filter((section) => heading === undefined || section.heading === heading)
    .flatMap(({ tables }) => tables.flatMap((table) => table.slice(1)))

/** Returns the names between backticks in the first cells. */
export const named = (found: string[][]) => found.flatMap(([first = '']) => codeSpans(first))

/** Checks that both lists name the same, once each. */
export const same = (where: string, documented: string[], actual: readonly string[]) => [
  ...actual.filter((name) => !documented.includes(name)).map((name) => `${where}: ${name} is not there`),
  ...documented.filter((name) => !actual.includes(name)).map((name) => `${where}: ${name} is not in the code`),
  ...documented.filter((name, i) => documented.indexOf(name) < i).map((name) => `${where}: ${name} is there twice`),
]
