import type { Session } from './model.ts'

/** `amr` of a session that began with a password and a code (RFC 8176). */
export const amrOf = { password: 'pwd', passwordAndCode: 'pwd otp mfa' } as const

/**
 * Returns what the claims `amr` and `acr` say about a session. `amr` is what happened. `acr` falls back to `aal1` when
 * the two factors were given longer ago than `aal2Seconds` (NIST SP 800-63B-4 §2.2.3).
 */
export const assuranceOf = ({ amr, mfaAt }: Pick<Session, 'amr' | 'mfaAt'>, at: Date, aal2Seconds: number) => ({
  amr: amr.split(' '),
  acr: mfaAt !== null && at.getTime() - mfaAt.getTime() < aal2Seconds * 1000 ? ('aal2' as const) : ('aal1' as const),
})
