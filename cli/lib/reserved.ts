/**
 * Returns SQL for whether an address is reserved, because the account that had it can still return to it.
 * @param address an expression, or a literal
 */
export const reserved = (address: string, now: Date) =>
  `exists (select 1 from mail where kind = 'revert_email_change' and address_canonical = ${address} and expires_at > ${now.getTime()})`
