import { randomBytes } from 'node:crypto'
import { closeSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { Stop } from './database.ts'

/** Readable and writable by its owner only. */
const ownersAlone = 0o600

/**
 * Creates a new file. `x` means O_EXCL: an existing file or link is neither written to nor followed. Somebody else may
 * have created it with permissions that let them read along (CWE-59, CWE-377).
 * @throws {Stop} if something of that name exists
 */
export const createPrivate = (path: string, mode = ownersAlone): number => {
  try {
    return openSync(path, 'wx', mode)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new Stop(`${path} already exists. Nothing was written to it.`)
    throw new Stop(`${path} cannot be written: ${code ?? message}.`)
  }
}

/** Returns an unpredictable name in the same folder. */
export const besides = (path: string, ending: string): string => `${path}.${randomBytes(8).toString('hex')}.${ending}`

/** Creates a file after removing an earlier file or link of that name. @throws {Stop} */
export const recreatePrivate = (path: string): number => {
  checkFile(path)
  rmSync(path, { force: true })
  return createPrivate(path)
}

/**
 * @throws {Stop} if something other than a file or a link has that name: a folder, or a device, which root could replace
 * by mistake
 */
export const checkFile = (path: string): void => {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found && !found.isFile() && !found.isSymbolicLink())
    throw new Stop(
      `${path} is ${found.isDirectory() ? 'a folder' : 'a device, not a file'}. Nothing was written to it.`,
    )
}

/**
 * Replaces a file in one step, so that nobody reads half of it. Whoever has the earlier file open reads nothing of the
 * new text.
 * @throws {Stop}
 */
export const replacePrivate = (path: string, text: string, mode = ownersAlone): void => {
  checkFile(path)
  const temporary = besides(path, 'new')
  const file = createPrivate(temporary, mode)
  try {
    writeFileSync(file, text)
    closeSync(file)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    const { code, message } = error as NodeJS.ErrnoException
    throw new Stop(`${path} cannot be written: ${code ?? message}.`)
  }
}

/**
 * @throws {Stop} if the path is a link: the text would be written to a place that somebody else may have chosen, or the
 * link would be lost
 */
export const checkNoLink = (path: string): void => {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new Stop(`${path} is a link. Nothing was written: name the file that it leads to.`)
}
