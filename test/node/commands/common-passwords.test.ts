import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AuthError } from '../../../src/domain/errors.ts'
import { isRun, repeatedPart, wordsWithin } from '../../../src/domain/password-patterns.ts'
import { checkNewPassword } from '../../../src/domain/password-policy.ts'
import { commonList } from '../../../tools/generate/password-list.ts'

/**
 * The policy with the whole list. The Worker contains only those entries that do not follow from the others. Lower
 * case, without accents.
 */
const byAll = (password: string) => {
  const whole = [...password]
  const part = repeatedPart(whole)
  if (isRun(part, 8) || (part.length < 8 && part.length < whole.length)) return 'pattern'
  return [part.join(''), ...wordsWithin(part)].some((word) => commonList.has(word)) ? 'listed' : 'fine'
}

const judged = async (password: string) => {
  const context = { appName: 'An Inn', email: 'x@example.org', name: null }
  try {
    await checkNewPassword(password, { field: 'password', minLength: 1, context })
    return 'fine'
  } catch (error) {
    if (!(error instanceof AuthError) || error.code !== 'password_too_common') throw error
    return /repetition/.test(error.detail ?? '') ? 'pattern' : 'listed'
  }
}

/**
 * Returns variants of an entry: repeated whole and in part, with digits around it, disguised, one character changed.
 */
const variants = (entry: string) => [
  entry,
  entry + entry,
  entry + entry.slice(0, -1),
  `${entry}1`,
  `${entry}2026!`,
  `!${entry}`,
  `12${entry}x`,
  entry.replace(/[aeo]/g, (letter) => ({ a: '@', e: '3', o: '0' })[letter]!),
  entry.slice(1),
  entry.slice(0, -1),
]

describe('a common password', () => {
  it('is refused as by the whole list, and so is what is made of it, with the same reason', async () => {
    const wrong: string[] = []
    const seen = new Set<string>()
    for (const password of [...commonList].flatMap(variants)) {
      const expected = byAll(password)
      seen.add(expected)
      if ((await judged(password)) !== expected) wrong.push(password)
    }

    assert.ok(commonList.size > 6_000)
    assert.deepEqual([...seen].sort(), ['fine', 'listed', 'pattern'])
    assert.deepEqual(wrong, [])
  })
})
