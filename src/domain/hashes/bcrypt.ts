import type { ForeignHash } from './format.ts'

/** 2^14 rounds: about a second of CPU. Sources are at 10 to 12. */
const mostRounds = 14

const form = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{22}[./A-Za-z0-9]{31}$/
const utf8 = new TextEncoder()

/**
 * bcrypt: `$2b$12$` and 53 characters, also `$2a$` and `$2y$`, which name the same computation (`$2x$`, of a faulty one
 * of 2011, is not read). As in every source, what follows the 72nd byte of a password plays no part: OpenBSD's
 * implementation is where that comes from, and passlib, py-bcrypt, node's bcrypt and PHP do as it does. A NUL in a
 * password is a byte like any other; the sources refuse one, or see nothing behind it.
 */
export const bcrypt = (stored: string): ForeignHash | undefined => {
  const rounds = Number(form.exec(stored)?.[1])
  if (!(rounds >= 4 && rounds <= mostRounds)) return
  // Sources write `$2b$`, and so does what computes it again: the letter is not compared.
  const salt = `$2b$${stored.slice(4, 29)}`
  return {
    load: async () => {
      const { hashSync } = await import('./primitives.ts')
      return (password) => utf8.encode(hashSync(password, salt).slice(29))
    },
    hash: utf8.encode(stored.slice(29)),
    work: 2 ** rounds / 15,
  }
}
