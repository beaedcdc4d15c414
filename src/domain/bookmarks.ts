import type { TokenKey } from '../setting-values.ts'
import { createSealing } from './sealing.ts'

export type Bookmarks = ReturnType<typeof createBookmarks>

/**
 * Creates the encryption of D1 bookmarks. A bookmark is a position in the database's sequence of writes. In clear text,
 * two bookmarks would show how much was written in between, and thus whether another request had found an account.
 */
export const createBookmarks = (keys: TokenKey[]) => createSealing(keys, 'bookmark')
