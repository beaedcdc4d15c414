import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { localState } from './database.ts'

/** Local services that run: `npm start` writes a file for each, so that other commands know which database is in use. */
export type Running = { pid: number; port: number; persistTo: string }

const folder = join(localState, '..', 'running')
const fileOf = ({ pid }: Pick<Running, 'pid'>) => join(folder, `${pid}.json`)

/** Announces this process until it ends. A computer that cannot keep the note still runs the service. */
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
    // It belongs to somebody else, so it lives.
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

/** Returns a sentence if local services run, and none of them on this database; undefined otherwise. */
export const elsewhere = (persistTo: string): string | undefined => {
  const services = runningServices()
  if (services.length === 0 || services.some((one) => one.persistTo === persistTo)) return
  const list = services.map((one) => `${one.persistTo} (port ${one.port})`).join(', ')
  return `The service that runs uses another database: ${list}. Give that folder with --persist-to.`
}
