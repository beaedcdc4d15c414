import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { closeDatabases, Stop } from './database.ts'
import { endTogether } from './process.ts'
import { said } from './said.ts'

const helpOption = { help: { type: 'boolean', short: 'h', default: false } } as const

/** Parses the arguments after `npm run NAME --`. @throws {Stop} for an unknown option */
export const readArguments = <O extends ParseArgsOptionsConfig>(name: string, args: string[], options: O) => {
  try {
    return parseArgs({ args, options: { ...options, ...helpOption }, allowPositionals: true })
  } catch (error) {
    throw new Stop(`${(error as Error).message.split('. ')[0]}. See npm run ${name} -- --help`)
  }
}

/**
 * Parses the arguments of a command that passes unknown arguments on to another program.
 * @returns also the unknown arguments, as they were typed
 * @throws {Stop} for an option without its value
 */
export const readKnownArguments = <O extends ParseArgsOptionsConfig>(name: string, args: string[], options: O) => {
  const all: ParseArgsOptionsConfig = { ...options, ...helpOption }
  const { tokens } = parseArgs({ args, options: all, allowPositionals: true, strict: false, tokens: true })
  const known = tokens.filter((token) => token.kind === 'option' && token.name in all)
  const taken = known.flatMap((token) => {
    const separate = token.kind === 'option' && token.value !== undefined && !token.inlineValue
    return separate ? [token.index, token.index + 1] : [token.index]
  })
  const mine = args.filter((_, index) => taken.includes(index))
  return { ...readArguments(name, mine, options), rest: args.filter((_, index) => !taken.includes(index)) }
}

/** The main function of a command, called with its arguments. @returns its exit code @throws {Stop} */
export type Main = (args: string[]) => Promise<number>

/** Returns the exit code of a command. If it failed, one line says why. */
export const exitCode = async (main: Main, args: string[]): Promise<number> => {
  try {
    return await main(args)
  } catch (error) {
    console.error(error instanceof Stop ? error.message : said(error))
    return 1
  } finally {
    await closeDatabases()
  }
}

/** Runs this process as a command. */
export const runCommand = async (main: Main): Promise<void> => {
  endTogether()
  // Handles errors that no promise carries, for example those of a stream or of a child.
  process.on('uncaughtException', (error) => {
    console.error(said(error))
    process.exit(1)
  })
  process.exitCode = await exitCode(main, process.argv.slice(2))
}
