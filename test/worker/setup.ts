import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, vi } from 'vitest'

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)

/** An unexpected line in the error log fails the test; a test that expects one reads it with `logged()`. */
let lines: string[] = []

export const logged = () => {
  const read = lines
  lines = []
  return read
}

/** Lines for replies and runs of the cron, which tests need not expect. */
let reports: string[] = []

export const reported = () => {
  const read = reports
  reports = []
  return read
}

// Also lines that are written between tests, when no mock is in place.
console.info = (...parts) => void reports.push(parts.map(String).join(' '))

beforeEach(() => {
  lines = []
  reports = []
  vi.spyOn(console, 'error').mockImplementation((...parts) => void lines.push(parts.map(String).join(' ')))
})

afterEach(() => {
  const unexpected = logged()
  vi.restoreAllMocks()
  expect(unexpected, 'unexpected lines in the error log').toEqual([])
})
