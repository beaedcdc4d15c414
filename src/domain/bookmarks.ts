import type { TokenKey } from '../setting-values.ts'
import { createSealing } from './sealing.ts'

export type Bookmarks = ReturnType<typeof createBookmarks>

/**
 * How far the database had come when a client wrote to it, sealed: in clear, two of them would show how much was written
 * in between, and so whether somebody else's request had found an account.
 */
export const createBookmarks = (keys: TokenKey[]) => createSealing(keys, 'bookmark')
