import { run } from './snippets.ts'

/** Returns the first of these commands that works with these arguments. */
export const firstThat = async (commands: string[], args: string[]) => {
  for (const command of commands) if ((await run(command, args)).status === 0) return command
}
