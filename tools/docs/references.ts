import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../../cli/lib/process.ts'
import client from '../../client/package.json' with { type: 'json' }
import { adminVerbs, verbs } from '../../client/verbs.ts'
import openApi from '../../docs/openapi.json' with { type: 'json' }
import { canonicalPath } from '../../src/aliases.ts'
import { errorCodes, problems } from '../../src/domain/problems.ts'
import { hostedPages } from '../../src/routes/ui.ts'
import verifiers from '../../verifiers/package.json' with { type: 'json' }
import { codeSpans, page, pages, rows, same } from './markdown.ts'

/** Checks what pages say about each other and about the API. Each function returns its faults, a line each. */

export const links = () =>
  pages.flatMap(({ path, prose }) =>
    [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
      if (/^(?:https?|mailto):/.test(target)) return []
      const [file = '', anchor] = target.split('#')
      const to = file ? posix.normalize(posix.join(posix.dirname(path), file)) : path
      if (!existsSync(join(root, to))) return `${path}: ${target} leads nowhere`
      if (anchor === undefined) return []
      const anchors = pages.find((other) => other.path === to)?.sections.map((section) => section.anchor) ?? []
      return anchors.includes(anchor) ? [] : `${path}: ${target} has no such heading`
    }),
  )

/** Where a page is listed: decisions in an index of their own. */
const indexOf = (path: string) => (/^docs\/decisions\/\d/.test(path) ? 'docs/decisions/README.md' : 'docs/README.md')

export const index = () =>
  pages
    .filter(({ path }) => path.startsWith('docs/') && path !== 'docs/README.md')
    .filter(({ path }) => {
      const from = indexOf(path)
      return !page(from).prose.includes(`](${posix.relative(posix.dirname(from), path)})`)
    })
    .map(({ path }) => `${indexOf(path)} does not lead to ${path}`)

const operations = Object.entries(openApi.paths).flatMap(([path, item]) =>
  Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
)

const endpointsPage = 'docs/reference/endpoints.md'

export const endpoints = () => {
  const tables = page(endpointsPage).sections[0]?.tables ?? []
  const documented = tables.flatMap((table) =>
    table.slice(1).flatMap(([first = '']) => {
      const spans = codeSpans(first)
      return spans.slice(0, -1).map((method) => `${method} ${spans.at(-1)}`)
    }),
  )
  return same(endpointsPage, documented, operations)
}

/** Paths that are neither operations nor pages: static files of now and before, and pages of `wrangler dev`. */
const otherPaths = ['/assets/', '/ui/', '/cdn-cgi/local/']

export const paths = () => {
  const known = new Set(operations.map((operation) => operation.split(' ')[1]!))
  const isKnown = (method: string | undefined, path: string) => {
    if (otherPaths.some((prefix) => path.startsWith(prefix)) || hostedPages.includes(path.slice(1))) return true
    if (path.endsWith('/*')) return [...known].some((other) => other.startsWith(path.slice(0, -1)))
    const ours = canonicalPath(path)
    return method ? operations.includes(`${method} ${ours}`) : known.has(ours) || path === '/api'
  }
  return pages.flatMap(({ path: from, text, prose }) => {
    const spans = codeSpans(prose).map((code) =>
      /^(?:(GET|POST|PUT|PATCH|DELETE) )?(\/[\w{}.*/-]*)(?:\?\S*)?$/.exec(code),
    )
    const calls = [...text.matchAll(/(?<![\w.{}])()(\/api\/[a-z{}-]+(?:\/[a-z{}-]+)*)/g)]
    return [...spans, ...calls].flatMap((match) =>
      !match || isKnown(match[1] || undefined, match[2]!) ? [] : `${from}: there is no ${match[0]}`,
    )
  })
}

/** Checks each status with the code after it, as in 422 `wrong_password`. */
export const errors = () => [
  ...pages.flatMap(({ path, prose }) =>
    [...prose.matchAll(/\b([45]\d\d) `([a-z]+(?:_[a-z]+)*)`/g)].flatMap(([words, status, code = '']) => {
      const known = (errorCodes as readonly string[]).includes(code)
      const actual = known ? [problems[code as keyof typeof problems].status] : []
      // The token of a mailed link is input, not authentication.
      const right = [...actual, ...(code === 'invalid_token' ? [400] : [])].includes(Number(status) as never)
      return right ? [] : `${path}: there is no ${words}`
    }),
  ),
  ...['README.md', 'docs/README.md']
    .filter((path) => !codeSpans(page(path).prose).includes('/errors'))
    .map((path) => `${path} does not lead to /errors`),
]

/** Checks that every function of the typed client is on its page. */
export const functions = () =>
  same(
    'docs/reference/client.md, functions',
    rows('docs/reference/client.md', 'The functions').flatMap(([, second = '']) => codeSpans(second)),
    Object.keys({ ...verbs, ...adminVerbs }),
  )

/** Languages whose snippets are checked, with a function that turns each into a Node module. */
const readers: Record<string, (code: string) => string> = {
  js: (code) => code,
  json: (code) => `export default ${JSON.stringify(JSON.parse(code))}`,
}

/** The typed client is a separate package that is not installed here. */
const clientModule = pathToFileURL(join(root, 'client', client.exports['.'].default)).href

/**
 * Whether only `npm run verifiers` installs the package, and not the project: that command then runs these snippets.
 */
const isOfVerifiers = (from: string) =>
  Object.keys(verifiers.devDependencies).some((name) => `${from}/`.startsWith(`${name}/`)) &&
  !existsSync(join(root, 'node_modules', from.split('/')[0]!))

/** Checks that every snippet in JavaScript and JSON parses, and that its imports exist. */
export const snippets = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-docs-'))
  const faults: string[] = []
  const wrong = (path: string, what: string) => faults.push(`${path}: a snippet does not parse: ${what}`)
  try {
    const file = join(folder, 'snippet.mjs')
    for (const { path, snippets } of pages)
      for (const { language, code } of snippets) {
        const reader = readers[language]
        if (!reader) continue
        try {
          writeFileSync(file, reader(code))
        } catch (error) {
          wrong(path, String(error))
          continue
        }
        const { status, stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' })
        if (status !== 0) wrong(path, /\w*Error: .*/.exec(stderr)?.[0] ?? stderr)
        for (const [, names = '', from = ''] of code.matchAll(/^import \{ (.*) \} from '([^']+)'$/gm)) {
          if (isOfVerifiers(from)) continue
          const module = (await import(from === client.name ? clientModule : from).catch(() => ({}))) as object
          for (const name of names.split(', ')) if (!(name in module)) faults.push(`${path}: ${from} has no ${name}`)
        }
      }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
  return faults
}
