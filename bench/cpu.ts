import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Ticks of a second in /proc, as the kernel was built; undefined where there is no /proc. */
const ticks = (() => {
  if (process.platform !== 'linux') return undefined
  try {
    return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) || undefined
  } catch {
    return 100
  }
})()

/** CPU time that a process has used, its threads together, in milliseconds; undefined where the system does not tell. */
export const cpuOf = (pid: number): number | undefined => {
  if (!ticks || pid === 0) return undefined
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The command, in parentheses, may hold spaces. Behind it: state, parent, … utime (14) and stime (15).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) / ticks) * 1000
}

/** Memory that a process holds, in megabytes; undefined where the system does not tell. */
export const memoryOf = (pid: number): number | undefined => {
  if (!ticks || pid === 0) return undefined
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return kibibytes === undefined ? undefined : (Number(kibibytes) * 1024) / 1e6
}
