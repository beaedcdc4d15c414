import { getSystemErrorMap } from 'node:util'

/** What system errors mean, where libuv's own words would puzzle people. */
const meanings: Record<string, string> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'part of its path is not a folder',
  EROFS: 'the disk can only be read',
  ERR_STRING_TOO_LONG: 'it is larger than this command can read at once',
}

/** Returns the meaning of a system error's code. */
export const meaningOf = (code: string): string =>
  meanings[code] ?? [...getSystemErrorMap().values()].find(([name]) => name === code)?.[1] ?? code

/**
 * Returns one line for an error that a command did not expect. A system error is reported with its file and meaning.
 * Any other error is a fault of ours, whose stack `GATEHOUSE_STACK=1` shows.
 */
export const said = (error: unknown): string => {
  const { code, path, dest, message, stack } = error as NodeJS.ErrnoException & { dest?: string }
  if (process.env.GATEHOUSE_STACK) return stack ?? String(error)
  if (code !== undefined && /^E[A-Z]+$|^ERR_STRING_TOO_LONG$/.test(code)) {
    const where = dest ?? path
    return `${where ? `${where}: ` : ''}${meaningOf(code)} (${code}).`
  }
  const [first = ''] = String(message ?? error).split('\n')
  return `This is a fault of the command: ${first} GATEHOUSE_STACK=1 shows where it happened.`
}
