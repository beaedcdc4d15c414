import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** Keeps the standard input in a file that is the owner's alone, since it is read more than once, for as long as is needed. */
export const withInput = async <T>(act: (path: string) => Promise<T>, input: NodeJS.ReadableStream = process.stdin) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  const path = join(folder, 'stdin')
  try {
    await pipeline(input, createWriteStream(path, { mode: 0o600, flags: 'wx' }))
    return await act(path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
