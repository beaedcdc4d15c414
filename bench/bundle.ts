import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { root, run } from '../cli/lib/process.ts'

/** A Worker as `wrangler deploy` would send it: its files by name, and what each source file became in the bundle. */
export type Bundle = {
  files: { name: string; contents: Buffer }[]
  /** Bytes of all files: as they are, and compressed, as Cloudflare counts them. */
  bytes: number
  gzip: number
  metafile: Metafile
}

/** esbuild's report: `outputs` → `inputs` → bytes that each input has in the output. */
export type Metafile = { outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }> }

/** Gatehouse's settings in wrangler.toml: every Worker here is bundled and run with the same ones. */
const own = readFileSync(join(root, 'wrangler.toml'), 'utf8')

/**
 * Whether functions keep their names when minified. That costs bytes, and time wherever a function is created.
 * wrangler's default is yes.
 */
const keepNames = !/^keep_names = false/m.test(own)

export const compatibilityDate = () => {
  const [, date] = /^compatibility_date = "([\d-]+)"/m.exec(own) ?? []
  if (!date) throw new Error('wrangler.toml names no compatibility_date')
  return date
}

/**
 * Bundles a Worker with wrangler.
 * @param name the name of the Worker, and of the folder for its files
 * @param main its entry module
 */
export const bundle = async (folder: string, name: string, main: string, minify = true): Promise<Bundle> => {
  const out = join(folder, name)
  const metafile = join(out, 'metafile.json')
  const config = join(out, 'wrangler.json')
  mkdirSync(join(out, 'files'), { recursive: true })
  writeFileSync(config, JSON.stringify({ name, main, compatibility_date: compatibilityDate(), keep_names: keepNames }))
  const files = join(out, 'files')
  const args = [
    'deploy',
    '--dry-run',
    `--minify=${minify}`,
    '--config',
    config,
    '--outdir',
    files,
    `--metafile=${metafile}`,
  ]
  const { status, output } = await run('wrangler', args)
  if (status !== 0) throw new Error(`${name} could not be bundled:\n${output}`)

  const made = readdirSync(files)
    .filter((file) => /\.(js|wasm)$/.test(file))
    // The entry module comes first.
    .sort((a, b) => Number(b.endsWith('.js')) - Number(a.endsWith('.js')))
    .map((file) => ({ name: file, contents: readFileSync(join(files, file)) }))
  return {
    files: made,
    bytes: made.reduce((sum, { contents }) => sum + contents.length, 0),
    gzip: made.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0),
    metafile: JSON.parse(readFileSync(metafile, 'utf8')) as Metafile,
  }
}
