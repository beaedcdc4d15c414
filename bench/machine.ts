import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, cpus, loadavg, platform, totalmem } from 'node:os'
import { join } from 'node:path'
import { root } from '../cli/lib/process.ts'

/** Describes the machine and how busy it is now. */
export const machine = (): string => {
  const cores = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const load = loadavg()[0]!.toFixed(1)
  return `${cores.length} cores (${cores[0]?.model.trim() || arch()}), ${memory} GiB, ${platform()}; load average at the end ${load}`
}

const versionIn = (folder: string, name: string) =>
  (JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version

/** Returns the versions of what was measured. */
export const versions = (): Record<string, string> => ({
  gatehouse: (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
  'better-auth': versionIn(import.meta.dirname, 'better-auth'),
  wrangler: versionIn(root, 'wrangler'),
  workerd: workerdVersion(),
  node: process.versions.node,
})

const workerdVersion = () => {
  const wrangler = createRequire(join(root, 'package.json')).resolve('wrangler')
  const file = createRequire(wrangler).resolve('workerd/package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
