import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { closeDatabases, Stop } from './database.ts'
import { endTogether } from './process.ts'

/**
 * Reads what was typed behind `npm run NAME --`.
 * @throws {Stop} for an option that there is not
 */
export const readArguments = <O extends ParseArgsOptionsConfig>(name: string, args: string[], options: O) => {
  try {
    const all = { ...options, help: { type: 'boolean', short: 'h', default: false } } as const
    return parseArgs({ args, options: all, allowPositionals: true })
  } catch (error) {
    throw new Stop(`${(error as Error).message.split('. ')[0]}. See npm run ${name} -- --help`)
  }
}

/** What a command does with what was typed behind its name. @returns its exit code @throws {Stop} */
export type Main = (args: string[]) => Promise<number>

/** The exit code of a command. Where it stopped itself, one line says why. */
export const exitCode = async (main: Main, args: string[]): Promise<number> => {
  try {
    return await main(args)
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    console.error(error.message)
    return 1
  } finally {
    await closeDatabases()
  }
}

/** Runs this process as a command. */
export const runCommand = async (main: Main): Promise<void> => {
  endTogether()
  process.exitCode = await exitCode(main, process.argv.slice(2))
}
