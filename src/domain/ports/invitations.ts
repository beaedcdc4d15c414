import type { Mail, User } from '../model.ts'
import type { Administered, AdminWrite } from './administration.ts'

export type InvitationStore = {
  /** `unread`: the id of an active user of this address who never verified the address and was never invited. */
  create(
    input: AdminWrite & { user: User; mailId: string; lifetimeMs: number },
  ): Promise<Administered<{ user: User; mail: Mail | undefined } | { unread: string }>>
  /**
   * Turns the unread user of this id into the invited one, with the name and role of `user`. Removes everything that
   * the person who registered the account chose, and everything that gives this person access.
   */
  takeOver(
    input: AdminWrite & {
      id: string
      user: User
      mailId: string
      lifetimeMs: number
    },
  ): Promise<Administered<{ user: User; ended: string[]; mail: Mail | undefined }>>
}
