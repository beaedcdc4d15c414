import type { LinkPurpose, MailKind } from '../mails.ts'

export type Letter = {
  kind: MailKind
  to: string
  /** The tokens of its links, by purpose. */
  tokens: Partial<Record<LinkPurpose, string>>
  /** The code in it, for a kind that has one. */
  code?: string
  createdAt: Date
  expiresAt: Date
  detail: Record<string, string>
  /** The language of the recipient; null: the default of the deployment. */
  locale: string | null
}

/** Hands a letter to the mail service. `rest`: the milliseconds for which the service accepts no letter at all. */
export type Mailer = (letter: Letter) => Promise<'sent' | { code: string; final: boolean; rest?: number }>
