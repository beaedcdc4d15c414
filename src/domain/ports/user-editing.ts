import type { EmailAddress } from '../email.ts'
import type { Mail, Metadata, User } from '../model.ts'
import type { Administered, AdminWrite } from './administration.ts'

/** A member that is missing stays as it is; null empties it. */
export type UserChange = {
  email?: EmailAddress
  name?: string | null
  phone?: string | null
  /** The language of mails to the user. */
  locale?: string | null
  verified?: boolean
  mfaRequired?: boolean
  externalId?: string | null
  /** Merged into the stored metadata (JSON Merge Patch, RFC 7396). */
  metadata?: Metadata | null
}

export type UserEditingStore = {
  /** `passwordDropped`: the admin vouched for the address of a user who had registered without ever verifying it. */
  edit(
    input: AdminWrite & {
      id: string
      change: UserChange
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
