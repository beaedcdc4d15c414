import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { startNode } from '../cli/lib/process.ts'
import type { Serve, Served } from './serve.ts'

export type Running = Served & { stop: () => Promise<void> }

/** The most characters of a Worker's errors that are shown. */
const mostSaid = 2000

/** Starts a Worker in processes of its own. They end with `stop`, and with this process however it ends. */
export const serve = async (wanted: Serve): Promise<Running> => {
  const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const
  const child: ChildProcess = startNode([join(import.meta.dirname, 'serve.ts')], { stdio: [...stdio] })
  let said = 0
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    // A Worker that fails does so for every request, so its first errors suffice.
    if (said < mostSaid) process.stderr.write(text.slice(0, mostSaid - said))
    said += text.length
  })
  child.send(wanted)
  const failed = once(child, 'exit').then(() => {
    throw new Error('a Worker could not be served; its message is above')
  })
  const [served] = (await Promise.race([once(child, 'message'), failed])) as [Served]
  failed.catch(() => {})
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.disconnect()
    await gone
  }
  return { ...served, stop }
}
