import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { localState } from './database.ts'

/**
 * Local services that are running. `npm start` writes a file for each, so that other commands know which database is in
 * use.
 */
export type Running = { pid: number; port: number; persistTo: string }

const folder = join(localState, '..', 'running')
const fileOf = ({ pid }: Pick<Running, 'pid'>) => join(folder, `${pid}.json`)

/** Announces this process until it ends. If the file cannot be written, the service runs anyway. */
export const announce = (port: number, persistTo: string): void => {
  const running = { pid: process.pid, port, persistTo }
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(fileOf(running), JSON.stringify(running))
    process.once('exit', retract)
  } catch {}
}

export const retract = (): void => rmSync(fileOf(process), { force: true })

const lives = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // The process belongs to another user, so it is alive.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const parse = (file: string): Running[] => {
  try {
    const running = JSON.parse(readFileSync(file, 'utf8')) as Running
    return lives(running.pid) ? [running] : []
  } catch {
    return []
  }
}

export const runningServices = (): Running[] => {
  try {
    return readdirSync(folder).flatMap((name) => parse(join(folder, name)))
  } catch {
    return []
  }
}

/** Returns a sentence if local services are running but none of them uses this database; undefined otherwise. */
export const elsewhere = (persistTo: string): string | undefined => {
  const services = runningServices()
  if (services.length === 0 || services.some((one) => one.persistTo === persistTo)) return
  const list = services.map((one) => `${one.persistTo} (port ${one.port})`).join(', ')
  return `The running service uses another database: ${list}. Name its folder with --persist-to.`
}
