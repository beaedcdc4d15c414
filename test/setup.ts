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

/** The lines of the log that tell of refusals; nobody has to expect them. */
let refusals: string[] = []

export const refused = () => {
  const read = refusals
  refusals = []
  return read
}

beforeEach(() => {
  lines = []
  refusals = []
  vi.spyOn(console, 'info').mockImplementation((...parts) => void refusals.push(parts.map(String).join(' ')))
  vi.spyOn(console, 'error').mockImplementation((...parts) => void lines.push(parts.map(String).join(' ')))
})

afterEach(() => {
  const unexpected = logged()
  vi.restoreAllMocks()
  expect(unexpected, 'unexpected lines in the error log').toEqual([])
})
