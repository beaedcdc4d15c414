import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/**
 * Writes the standard input to a temporary file, because it is read more than once. Only the owner can read the file.
 * @param act receives its path; the file is removed afterwards
 */
export const withInput = async <T>(act: (path: string) => Promise<T>, input: NodeJS.ReadableStream = process.stdin) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  const path = join(folder, 'stdin')
  try {
    await pipeline(input, createWriteStream(path, { mode: 0o600, flags: 'wx' }))
    return await act(path)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}
