import type { Mail, User } from '../model.ts'
import type { Administered, AdminWrite } from './administration.ts'

export type UserEditingStore = {
  /** `passwordDropped`: of who registered and never showed that the mailbox is theirs, when the admin vouched for it. */
  edit(
    input: AdminWrite & {
      id: string
      change: {
        email?: { address: string; canonical: string }
        name?: string | null
        phone?: string | null
        verified?: boolean
      }
      /** No account gets the address; an account that has it keeps it. */
      onlyIfOnFile: boolean
      verifyId: string
      noticeId: string
      lifetimes: { verify: number; invite: number; notice: number }
      /** Counters of mails to the new address, which a change of it clears. */
      cleared: string[]
    },
  ): Promise<Administered<{ user: User; passwordDropped: boolean; ended: string[]; mails: Mail[] }> | 'address_refused'>
}
