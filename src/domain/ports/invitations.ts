import type { Mail, User } from '../model.ts'
import type { Administered, AdminWrite } from './administration.ts'

export type InvitationStore = {
  /** `unread`: the id of an active user of this address who never verified it, and whom no admin invited before. */
  create(
    input: AdminWrite & { user: User; mailId: string; lifetime: number },
  ): Promise<Administered<{ user: User; mail: Mail | undefined } | { unread: string }>>
  /**
   * Makes the unread user of this id the one that is invited: name and role are those of `user`, and nothing stays that
   * whoever made the account chose, or that lets them in.
   */
  takeOver(
    input: AdminWrite & {
      id: string
      user: User
      mailId: string
      lifetime: number
    },
  ): Promise<Administered<{ user: User; ended: string[]; mail: Mail | undefined }>>
}
