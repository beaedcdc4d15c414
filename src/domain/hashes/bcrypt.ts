import type { ForeignHash } from './format.ts'

/** 2^14 rounds take about a second of CPU time. Common systems use 10 to 12. */
const mostRounds = 14

const form = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{22}[./A-Za-z0-9]{31}$/
const utf8 = new TextEncoder()

/**
 * Reads bcrypt: `$2b$12$` and 53 characters, also `$2a$` and `$2y$`, which name the same computation. `$2x$`, written
 * by a faulty implementation until 2011, is not read. Only the first 72 bytes of a password count, as in OpenBSD,
 * passlib, py-bcrypt, node's bcrypt and PHP. A NUL in a password is an ordinary byte here; the source systems refuse it
 * or ignore what follows.
 */
export const bcrypt = (stored: string): ForeignHash | undefined => {
  const rounds = Number(form.exec(stored)?.[1])
  if (!(rounds >= 4 && rounds <= mostRounds)) return
  // The prefix is not compared: the computation always writes `$2b$`.
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
