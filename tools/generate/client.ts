import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Main, readArguments, runCommand } from '../../cli/lib/command.ts'
import { Stop } from '../../cli/lib/database.ts'
import { root, run } from '../../cli/lib/process.ts'
import { errorCodes } from '../../src/domain/problems.ts'
import { sentencesModule, verbsModule } from './client-tables.ts'

/**
 * Generates the parts of the typed client that are not written by hand: client/api.ts, the input and output of each
 * operation, taken from the routes; client/verbs.ts and client/sentences.ts; the licence; and client/dist/, which Node
 * and bundlers import. All are committed, so that the package works from a clone.
 */

const cache = join(root, 'node_modules', '.cache', 'gatehouse', 'client')

const compilerOptions = (folder: string) => ({
  noEmit: false,
  declaration: true,
  outDir: join(cache, folder),
  rootDir: root,
})

const tsc = async (name: string, config: object) => {
  const file = join(cache, `${name}.json`)
  writeFileSync(file, JSON.stringify(config))
  const { status, output } = await run('tsc', ['-p', file])
  if (status !== 0) throw new Error(output)
}

const read = (path: string) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n')
const readIfThere = (path: string) => (existsSync(path) ? read(path) : undefined)

/** In a declaration, the compiler writes out the type of an expression, but it leaves a named type as its name. */
const probe = `
import type { ExtractSchema } from 'hono/types'
import type { App } from '${'../'.repeat(4)}src/app.ts'
type Operations = ExtractSchema<App>
type Published = { [P in keyof Operations as P extends \`/api/\${string}\` ? P : never]: Operations[P] }
const spread = <T>(_: T) => null! as { [P in keyof T]: { [M in keyof T[P]]: T[P][M] } }
export const api = spread(null! as Published)
`

const makeApi = async () => {
  const file = join(cache, 'probe.ts')
  writeFileSync(file, probe)
  await tsc('probe-tsconfig', {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      ...compilerOptions('probe'),
      emitDeclarationOnly: true,
      typeRoots: [join(root, 'node_modules')],
    },
    include: [file, join(root, 'src', '*.d.ts')],
  })
  const text = read(join(cache, 'probe', relative(root, cache), 'probe.d.ts'))
  const from = text.indexOf('export declare const api: {')
  if (from < 0)
    throw new Error('tools/generate/client.ts: the compiler does not declare the type of the API in the expected form')
  const api = text
    .slice(from)
    .replace('export declare const api: {', 'export type Api = {')
    // Refusals are thrown, and a success without a status of its own is 200.
    .replaceAll(/import\("hono\/utils\/http-status"\)\.(?:Contentful)?StatusCode/g, '200')
    // Metadata can be any JSON, which its reader has to check.
    .replaceAll('import("hono/utils/types").JSONValue', 'unknown')
  if (/import\(|\bany\b/.test(api)) throw new Error('tools/generate/client.ts: a type of the API is not written out')
  return `// Generated from src/app.ts by \`npm run client\`.

/** Path → method → its input and the output of a success. */
${api}
/** The codes of all refusals. */
export type ErrorCode =
${errorCodes.map((code) => `    | '${code}'`).join('\n')};
`
}

const makeDist = async (sources: Map<string, string>) => {
  const before = new Map([...sources.keys()].map((path) => [path, readIfThere(join(root, path))]))
  for (const [path, text] of sources) writeFileSync(join(root, path), text)
  try {
    await tsc('dist-tsconfig', {
      extends: join(root, 'client', 'tsconfig.json'),
      compilerOptions: compilerOptions('dist'),
      include: [join(root, 'client', '*.ts')],
    })
  } finally {
    for (const [path, text] of before)
      if (text === undefined) rmSync(join(root, path))
      else writeFileSync(join(root, path), text)
  }
  const made = join(cache, 'dist', 'client')
  return globSync('*', { cwd: made }).map((name) => [join('client', 'dist', name), read(join(made, name))] as const)
}

rmSync(cache, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
mkdirSync(cache, { recursive: true })
const help = `
Generates the client's tables and client/dist from the service.

  npm run client [-- --check]

  --check            writes nothing; the exit code is 1 if a file is out of date
  --help
`

const client: Main = async (args) => {
  const { values, positionals } = readArguments('client', args, { check: { type: 'boolean', default: false } })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  if (positionals.length > 0)
    throw new Stop(`There is nothing to do with ${positionals[0]}. See npm run client -- --help`)
  const sources = new Map([
    [join('client', 'api.ts'), await makeApi()],
    [join('client', 'verbs.ts'), verbsModule()],
    [join('client', 'sentences.ts'), sentencesModule()],
  ])
  const files = new Map([
    ...sources,
    [join('client', 'LICENSE'), read(join(root, 'LICENSE'))],
    ...(await makeDist(sources)),
  ])
  const committed = globSync('client/dist/*', { cwd: root })
  const isBehind = ([path, text]: [string, string]) => readIfThere(join(root, path)) !== text
  if (values.check) {
    const behind = [...files].filter(isBehind).map(([path]) => path)
    const odd = [...behind, ...committed.filter((path) => !files.has(path))]
    if (odd.length > 0) throw new Stop(`${odd.join(', ')}: out of date: npm run client`)
    return 0
  }
  mkdirSync(join(root, 'client', 'dist'), { recursive: true })
  for (const path of committed) if (!files.has(path)) rmSync(join(root, path))
  for (const [path, text] of files) writeFileSync(join(root, path), text)
  return 0
}

await runCommand(client)
