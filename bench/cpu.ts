import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** How many ticks a second has in /proc, as the kernel was built; undefined without /proc. */
const ticks = (() => {
  if (process.platform !== 'linux') return undefined
  try {
    return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) || undefined
  } catch {
    return 100
  }
})()

/**
 * Returns the nanoseconds that the threads of a process have been on a CPU; undefined if the kernel does not count
 * them. Ticks, which are hundredths of a second, would be too coarse for a few hundred requests. Threads that have
 * ended do not count, but workerd keeps its threads.
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

/**
 * Returns the CPU time in milliseconds that all threads of a process have used; undefined if the system does not report
 * it.
 */
export const cpuOf = (pid: number): number | undefined => {
  if (!ticks || pid === 0) return undefined
  const nanoseconds = scheduled(pid)
  if (nanoseconds) return nanoseconds / 1e6
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The command, in parentheses, may contain spaces. After it come state, parent, … utime (14) and stime (15).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) / ticks) * 1000
}

/** Returns the memory of a process in megabytes; undefined if the system does not report it. */
export const memoryOf = (pid: number): number | undefined => {
  if (!ticks || pid === 0) return undefined
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return kibibytes === undefined ? undefined : (Number(kibibytes) * 1024) / 1e6
}
