import type { ForeignHash } from './format.ts'

const letters = '[./A-Za-z0-9]'
const form = new RegExp(`^\\$2[aby]\\$(\\d\\d)\\$(${letters}{22})(${letters}{31})$`)
/** The form that follows `$pre=…`, with the salt as a part of its own. */
const apart = new RegExp(`^\\$bcrypt\\$(\\d\\d)\\$(${letters}{22})\\$(${letters}{31})$`)
const utf8 = new TextEncoder()

/**
 * Reads bcrypt: `$2b$12$` and 53 characters, also `$2a$` and `$2y$`, which name the same computation. `$2x$`, written
 * by a faulty implementation until 2011, is not read. Only the first 72 bytes of a password count, as in OpenBSD,
 * passlib, py-bcrypt, node's bcrypt and PHP. A NUL in a password is an ordinary byte here; the source systems refuse it
 * or ignore what follows.
 */
export const bcrypt = (stored: string): ForeignHash | undefined => {
  const [, cost, saltText, hashText] = form.exec(stored) ?? apart.exec(stored) ?? []
  const rounds = Number(cost)
  if (!hashText || !(rounds >= 4 && rounds <= 31)) return
  // The prefix is not compared: the computation always writes `$2b$`.
  const salt = `$2b$${cost}$${saltText}`
  return {
    load: async () => {
      const { hashSync } = await import('./primitives.ts')
      return (password) => utf8.encode(hashSync(password, salt).slice(29))
    },
    hash: utf8.encode(hashText),
    workMs: 2 ** rounds / 15,
  }
}
