import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Ticks of a second in /proc, as the kernel was built; undefined where there is no /proc. */
const ticks = (() => {
  if (process.platform !== 'linux') return undefined
  try {
    return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) || undefined
  } catch {
    return 100
  }
})()

/**
 * Nanoseconds that the threads of a process have been on a CPU; undefined where the kernel does not count them. Ticks
 * are hundredths of a second, too coarse for some hundred requests. A thread that ended is not in it: workerd keeps its own.
 */
const scheduled = (pid: number): number | undefined => {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    const times = threads.map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
    )
    return times.reduce((sum, time) => sum + time, 0)
  } catch {
    return undefined
  }
}

/** CPU time that a process has used, its threads together, in milliseconds; undefined where the system does not tell. */
export const cpuOf = (pid: number): number | undefined => {
  if (!ticks || pid === 0) return undefined
  const nanoseconds = scheduled(pid)
  if (nanoseconds) return nanoseconds / 1e6
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
