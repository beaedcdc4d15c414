import { vi } from 'vitest'
import * as scrypt from '../../../src/domain/scrypt.ts'

/** Counts how many passwords are hashed from here on, by watching the two functions that do it. Returns the count so far. */
export const countHashes = () => {
  const watched = [vi.spyOn(scrypt, 'hashScrypt'), vi.spyOn(scrypt, 'verifyScrypt')]
  return () => watched.reduce((sum, { mock }) => sum + mock.calls.length, 0)
}
