/**
 * Returns SQL for whether an address is reserved for the owner of an account who can still undo a change of it.
 * @param address an expression, or a literal
 */
export const reserved = (address: string, now: Date) =>
  `exists (select 1 from mail where kind = 'revert_email_change' and address_canonical = ${address} and expires_at > ${now.getTime()})`
