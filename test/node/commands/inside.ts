import './reach-the-stand-in.mjs'
import { format } from 'node:util'
import { exitCode, type Main } from '../../../cli/lib/command.ts'

export type Said = { status: number; output: string; lines: string[] }

/** Commands run one at a time, because console and environment belong to the process. */
let before: Promise<unknown> = Promise.resolve()

const run = async (main: Main, args: string[], env: NodeJS.ProcessEnv): Promise<Said> => {
  const { log, error } = console
  const own = { ...process.env }
  let output = ''
  const keep = (...values: unknown[]) => {
    output += `${format(...values)}\n`
  }
  Object.assign(console, { log: keep, error: keep })
  Object.assign(process.env, env)
  try {
    const status = await exitCode(main, args)
    const text = output.trimEnd()
    return { status, output: text, lines: text.split('\n') }
  } finally {
    Object.assign(console, { log, error })
    for (const name of Object.keys(env)) if (!(name in own)) delete process.env[name]
    Object.assign(process.env, own)
  }
}

/**
 * Runs a command as its own process would, but without starting one, which takes most of a second. What the command
 * itself starts is started.
 * @param env further variables of the environment
 */
export const inside = (main: Main, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Said> =>
  alone(() => run(main, args, env))

/** Runs work that opens or closes local databases while no command uses one. */
export const alone = <T>(work: () => Promise<T>): Promise<T> => {
  const done = before.then(work)
  before = done.catch(() => {})
  return done
}
