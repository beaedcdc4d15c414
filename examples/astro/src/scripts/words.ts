import { type Code, type GatehouseError, type Words, wordsFor as wordsOfClient } from 'gatehouse-auth'

/** Sentences of this site that differ from the service's. */
const words: Partial<Words> = {
  validation_failed: 'Something is not right yet. Look at the marked fields.',
  invalid_token: 'This link no longer works: it was used, replaced by a newer one, or is too old.',
  proof_required: 'The link alone is not enough here.',
  not_authenticated: 'You are not logged in.',
  forbidden: 'Only admins can see this.',
  cross_site: 'The service does not know this site. Add it to FRONTEND_URL or CORS_ORIGINS.',
  registration_closed: 'New accounts are by invitation only.',
  last_admin: 'This is the last admin. Make somebody else admin first.',
  own_account: 'You cannot do this to your own account.',
  payload_too_large: 'This file is too large. Pictures may have up to 5 MB.',
  unsupported_media_type: 'This is not a picture we can read. Use a PNG, JPEG or WebP.',
  not_found: 'This does not exist, or no longer exists.',
  unreachable: 'We cannot be reached. Check your connection and try again.',
  unexpected_reply: 'Something went wrong on our side. Try again in a moment.',
  misconfigured: 'This site is not set up correctly. Its owner finds the reason in the log of the service.',
}

/** Returns a sentence about a refusal. */
export const wordsFor = (error: GatehouseError): string => wordsOfClient(error, words)

const fieldWords: Record<string, string> = {
  required: 'This is needed.',
  invalid_email: 'This is not an e-mail address.',
  invalid_phone: 'Write the number with + and the country code, for example +44 20 7946 0958.',
}

/** Returns the sentence about one field. The service's own `detail` is a predicate: "is longer than 100 characters". */
export const wordsForField = (code: string, detail: string): string => {
  const own = fieldWords[code]
  if (own) return own
  if (/^[A-Z]/.test(detail)) return detail
  return `This ${detail.replace(/[.]?$/, '.')}`
}

/** Returns the fields of our forms that a code can be about. */
export const fieldsOf = (code: Code): string[] => {
  if (code === 'wrong_password') return ['current_password', 'password']
  if (code === 'wrong_code') return ['otp', 'code', 'recovery_code', 'mail_code']
  if (code.startsWith('password_')) return ['new_password', 'password']
  if (code === 'email_taken') return ['email']
  if (code === 'payload_too_large' || code === 'unsupported_media_type') return ['file']
  return []
}
