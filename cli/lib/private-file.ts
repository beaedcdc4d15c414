import { randomBytes } from 'node:crypto'
import { closeSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { Stop } from './database.ts'

/** Only its owner may read it and write to it. */
const ownersAlone = 0o600

/**
 * Opens a file that is not there yet. `x` is O_EXCL: a file or link that somebody else put there is neither written to nor
 * followed, and with it would come rights that let others read along (CWE-59, CWE-377).
 * @throws {Stop} where there is something of that name
 */
export const createPrivate = (path: string, mode = ownersAlone): number => {
  try {
    return openSync(path, 'wx', mode)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new Stop(`${path} is there already. Nothing was written to it.`)
    throw new Stop(`${path} cannot be written: ${code ?? message}.`)
  }
}

/** A name beside a file that nobody can know before. */
export const besides = (path: string, ending: string): string => `${path}.${randomBytes(8).toString('hex')}.${ending}`

/** Opens a file in place of an earlier one, which is taken away first, or the link that lies there. @throws {Stop} */
export const recreatePrivate = (path: string): number => {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) rmSync(path, { force: true })
  return createPrivate(path)
}

/** Puts a file in place as a whole, so that nobody reads half of it, and whoever has an earlier one open reads none of it. @throws {Stop} */
export const replacePrivate = (path: string, text: string, mode = ownersAlone): void => {
  const temporary = besides(path, 'new')
  const file = createPrivate(temporary, mode)
  try {
    writeFileSync(file, text)
    closeSync(file)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** @throws {Stop} for a link: what is written would lie where somebody else may have chosen, or the link would be lost */
export const checkNoLink = (path: string): void => {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new Stop(`${path} is a link. Nothing was written: name the file that it leads to.`)
}
