import { parseArgs } from 'node:util'
import { endTogether } from '../cli/lib/process.ts'
import { type WorkerName, workshop } from './workers.ts'

const help = `
Lists what the bundle of Gatehouse consists of: bytes after minifying, by package and by file, the largest first.

  npm run weigh [-- OPTIONS]

  --worker NAME   another Worker: better-auth, better-auth-core, better-auth-everything, floor (gatehouse)
  --help
`

const kibibytes = (bytes: number) => (bytes / 1024).toFixed(1).padStart(8)

const print = (heading: string, weights: Map<string, number>) => {
  console.log(`\n${heading}, KiB minified`)
  for (const [name, bytes] of [...weights].sort(([, a], [, b]) => b - a).slice(0, 25))
    console.log(`${kibibytes(bytes)}  ${name}`)
}

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: { worker: { type: 'string', default: 'gatehouse' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const { bundled } = workshop()
  const { files, bytes, gzip, metafile } = await bundled(values.worker as WorkerName)
  const packages = new Map<string, number>()
  const modules = new Map<string, number>()
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const [, name, file] = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(path) ?? []
      const folder = name ?? 'this project'
      packages.set(folder, (packages.get(folder) ?? 0) + bytesInOutput)
      modules.set(name ? `${name}/${file}` : path.replace(/^.*\/(src|bench)\//, '$1/'), bytesInOutput)
    }
  console.log(`${files.map(({ name, contents }) => `${name} ${contents.length}`).join(', ')} bytes`)
  console.log(`together ${kibibytes(bytes).trim()} KiB, ${kibibytes(gzip).trim()} KiB gzip`)
  print('Packages', packages)
  print('Files', modules)
  return 0
}

endTogether()
process.exit(await main())
