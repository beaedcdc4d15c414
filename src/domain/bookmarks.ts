import type { TokenKey } from '../setting-values.ts'
import { createSealing } from './sealing.ts'

export type Bookmarks = ReturnType<typeof createBookmarks>

/**
 * Creates the encryption of D1 bookmarks, which say how far the database was when a client wrote to it. In clear text,
 * two of them would show how much was written in between, and so whether another request had found an account.
 */
export const createBookmarks = (keys: TokenKey[]) => createSealing(keys, 'bookmark')
