import { GatehouseError } from './errors.ts'
import type { Mark, Marks } from './marks.ts'

export type Told = {
  /** A refresh was refused, or somebody logged out elsewhere. */
  onSignedOut: (() => void) | undefined
  /** Somebody logged in elsewhere; with the id. */
  onUserChanged: ((userId: string) => void) | undefined
}

/**
 * Who is signed in, in three voices: whom this client has shown, what it was told last, and what the mark says now. Where
 * they differ somebody else has logged in meanwhile, and what the first user is shown must not write into the account of
 * the second.
 */
export const users = (marks: Marks, { onSignedOut, onUserChanged }: Told, told: Mark['user']) => {
  let shown: string | undefined
  /** Nobody is told of what this client did itself. */
  const set = (user: string | null) => {
    told = user
    marks.write(user)
  }

  return {
    /** Looks at the mark, and tells what is new. The first look only learns. */
    notice: ({ user }: Mark) => {
      if (user === undefined || user === told) return
      const first = told === undefined
      told = user
      if (first) return
      if (user === null) onSignedOut?.()
      else onUserChanged?.(user)
    },

    /** @throws GatehouseError `user_changed` */
    require: (expected: string | undefined, acts: boolean, mark: Mark) => {
      const wanted = expected ?? (acts ? shown : undefined)
      const now = mark.user === undefined ? shown : mark.user
      if (wanted !== undefined && typeof now === 'string' && now !== wanted) throw new GatehouseError('user_changed')
    },

    /** Something of the user of the mark was shown. */
    showed: ({ user }: Mark) => {
      shown ??= user ?? undefined
    },

    /** This client logged them in. */
    loggedIn: (id: string) => {
      shown = id
      set(id)
    },

    /** The service said who is signed in: whoever asked shows it. */
    learned: (id: string, mark: Mark) => {
      const other = shown !== undefined && shown !== id && told !== id
      shown = id
      if (mark.user === id) told = id
      else set(id)
      if (other) onUserChanged?.(id)
    },

    /** New tokens, for whom the reply names; where it names nobody, for the same as before. */
    turned: (id: string | undefined, mark: Mark) => {
      const user = id ?? mark.user ?? undefined
      const other = user !== undefined && shown !== undefined && shown !== user && told !== user
      if (user === undefined) return marks.write(undefined)
      shown ??= user
      set(user)
      if (other) onUserChanged?.(user)
    },

    /** This client logged out, or deleted the account. */
    left: () => {
      shown = undefined
      set(null)
    },

    /** The session is dead. What this client shows is still its user's. */
    ended: () => {
      set(null)
      onSignedOut?.()
    },
  }
}
