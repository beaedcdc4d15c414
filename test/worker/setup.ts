import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, vi } from 'vitest'

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)

/** A line in the error log that no test expected fails it; one that expects it reads it with `logged()`. */
let lines: string[] = []

export const logged = () => {
  const read = lines
  lines = []
  return read
}

/** A line for each reply and each run of the cron; nobody has to expect them. */
let reports: string[] = []

export const reported = () => {
  const read = reports
  reports = []
  return read
}

// Also what is written between tests, where no mock is in place.
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
