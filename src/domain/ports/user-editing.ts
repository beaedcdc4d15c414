import type { Mail, Metadata, User } from '../model.ts'
import type { Administered, AdminWrite } from './administration.ts'

export type UserEditingStore = {
  /** `passwordDropped`: the admin vouched for the address of a user who had registered without ever verifying it. */
  edit(
    input: AdminWrite & {
      id: string
      change: {
        email?: { address: string; canonical: string }
        name?: string | null
        phone?: string | null
        locale?: string | null
        verified?: boolean
        mfaRequired?: boolean
        externalId?: string | null
        metadata?: Metadata | null
      }
      /** The new address has a form that no account gets any more. An account that already has the address keeps it. */
      onlyIfOnFile: boolean
      verifyId: string
      noticeId: string
      lifetimesMs: { verify: number; invite: number; notice: number }
      /** Counters of mails to the new address, which the change clears. */
      cleared: string[]
    },
  ): Promise<
    | Administered<{ user: User; passwordDropped: boolean; ended: string[]; mails: Mail[] }>
    | 'address_refused'
    | 'metadata_too_long'
  >
}
