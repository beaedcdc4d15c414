// Says in a sentence why this computer cannot run the service, before anything is installed. workerd, which runs it
// locally, exists only for some platforms (its README: glibc 2.35, macOS 13.5, Windows 11).
import { existsSync } from 'node:fs'
import { release } from 'node:os'
import { dirname, join } from 'node:path'

const workerd = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64']

/** The C library of this Node; undefined on Alpine Linux, which has musl. */
const glibc = () => {
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime
}

const atLeast = (version, wanted) => {
  const [numbers, least] = [version, wanted].map((text) => text.split('.').map(Number))
  const at = least.findIndex((part, index) => (numbers[index] ?? 0) !== part)
  return at < 0 || (numbers[at] ?? 0) > least[at]
}

/** @returns a sentence; undefined if this computer can run the service */
export const unfit = ({
  platform = process.platform,
  arch = process.arch,
  libc = platform === 'linux' ? glibc() : undefined,
  system = release(),
} = {}) => {
  if (!workerd.includes(`${platform}-${arch}`))
    return platform === 'win32'
      ? 'workerd does not run on Windows on Arm with this Node: install the x64 build of Node, which Windows emulates, or use WSL.'
      : `workerd, which runs the service locally, does not exist for ${platform} on ${arch}.`
  if (platform === 'linux' && libc === undefined)
    return 'workerd needs glibc, and this Linux has another C library (Alpine: musl). Use a Debian or Ubuntu image, or the dev container.'
  if (platform === 'linux' && !atLeast(libc, '2.35'))
    return `workerd needs glibc 2.35, and this Linux has ${libc}: Ubuntu 22.04, Debian 12, Fedora 36 or RHEL 10 and later have it. The dev container runs anywhere.`
  // Darwin 22.6 is macOS 13.5.
  if (platform === 'darwin' && !atLeast(system, '22.6')) return 'workerd needs macOS 13.5 or later.'
  // Build 22000 is the first of Windows 11.
  if (platform === 'win32' && !atLeast(system, '10.0.22000')) return 'workerd needs Windows 11, or WSL on Windows 10.'
}

/** Returns the file by which yarn's Plug'n'Play redirects imports in this folder or below it. */
export const plugAndPlay = (folder) => {
  for (let at = folder; ; at = dirname(at)) {
    const found = ['.pnp.cjs', '.pnp.js'].map((name) => join(at, name)).find((file) => existsSync(file))
    if (found || dirname(at) === at) return found
  }
}
