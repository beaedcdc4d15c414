import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { Stop } from './database.ts'

/**
 * Reads what was typed behind `npm run NAME --`.
 * @throws {Stop} for an option that there is not
 */
export const readArguments = <O extends ParseArgsOptionsConfig>(name: string, options: O) => {
  try {
    const args = process.argv.slice(2)
    const all = { ...options, help: { type: 'boolean', short: 'h', default: false } } as const
    return parseArgs({ args, options: all, allowPositionals: true })
  } catch (error) {
    throw new Stop(`${(error as Error).message.split('. ')[0]}. See npm run ${name} -- --help`)
  }
}

/** Runs a command. It fails with one line where it stopped itself, and with exit code 1 where `main` says so. */
export const runCommand = async (main: () => Promise<number>) => {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
