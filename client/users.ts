import { GatehouseError } from './errors.ts'
import type { Mark, Marks } from './marks.ts'

export type Told = {
  /** Called when a refresh was refused, or the user logged out elsewhere. */
  onSignedOut: (() => void) | undefined
  /** Called with the id when somebody logged in elsewhere. */
  onUserChanged: ((userId: string) => void) | undefined
}

/**
 * Tracks who is signed in, in three values: the user whose data this client has shown, the user last reported to the
 * page, and the user of the current mark. If they differ, somebody else has logged in meanwhile, and data shown to the
 * first user must not be written into the account of the second.
 */
export const users = (marks: Marks, { onSignedOut, onUserChanged }: Told, told: Mark['user']) => {
  let shown: string | undefined
  /** Sets the user without a callback: the page knows what it did itself. */
  const set = (user: string | null) => {
    told = user
    marks.write(user)
  }

  return {
    /** Reads the mark and calls back if it changed. The first read only stores it. */
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

    /** Records that data of the mark's user was shown. */
    showed: ({ user }: Mark) => {
      shown ??= user ?? undefined
    },

    /** Records that this client logged the user in. */
    loggedIn: (id: string) => {
      shown = id
      set(id)
    },

    /** Records the signed-in user that a reply names: the page now shows their data. */
    learned: (id: string, mark: Mark) => {
      const other = shown !== undefined && shown !== id && told !== id
      shown = id
      if (mark.user === id) told = id
      else set(id)
      if (other) onUserChanged?.(id)
    },

    /** Records new tokens, for the user whom the reply names, or else for the same user. */
    turned: (id: string | undefined, mark: Mark) => {
      const user = id ?? mark.user ?? undefined
      const other = user !== undefined && shown !== undefined && shown !== user && told !== user
      if (user === undefined) return marks.write(undefined)
      shown ??= user
      set(user)
      if (other) onUserChanged?.(user)
    },

    /** Records that this client logged out or deleted the account. */
    left: () => {
      shown = undefined
      set(null)
    },

    /** Records that the session has ended. What the page shows still belongs to its user. */
    ended: () => {
      set(null)
      onSignedOut?.()
    },
  }
}
