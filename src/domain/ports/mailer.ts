import type { LinkPurpose } from '../macs.ts'
import type { MailKind } from '../model.ts'

export type Letter = {
  kind: MailKind
  to: string
  /** Of its links, by what each is for. */
  tokens: Partial<Record<LinkPurpose, string>>
  createdAt: Date
  expiresAt: Date
  detail: Record<string, string>
}

/** Hands a letter to the mail service. `rest`: it takes no more for so many milliseconds, whatever the letter. */
export type Mailer = (letter: Letter) => Promise<'sent' | { code: string; final: boolean; rest?: number }>
