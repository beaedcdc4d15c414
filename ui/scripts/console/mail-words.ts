import { badge } from '../people.ts'
import { textOf, word } from '../words.ts'

/** Mails in words. */

export const mailKind = (kind: string): string => textOf(`mail_kind.${kind}`) ?? kind

/** Returns why a mail was not sent. */
export const mailError = (code: string): string => textOf(`mail_error.${code}`) ?? code

export const mailState = (state: string) => {
  if (state === 'sent') return badge(word('console.mails.sent'), 'good')
  if (state === 'waiting') return badge(word('console.mails.waiting'), 'waiting')
  return state === 'failed' ? badge(word('console.mails.failed'), 'bad') : badge(word('console.mails.dropped'))
}
