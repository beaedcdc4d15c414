/**
 * A value as SQLite reads it in the text of a statement, for where no parameters can be bound: `wrangler d1 execute` takes
 * SQL alone. A text is quoted with its quotes doubled; nothing else has a meaning inside (SQLite, "Literal Values").
 * @throws TypeError for a number that is not a safe integer, and for NUL, at which SQLite would end the statement
 */
export const literal = (value: string | number | null): string => {
  if (value === null) return 'null'
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not a safe integer`)
    return String(value)
  }
  if (value.includes('\0') || !value.isWellFormed()) throw new TypeError('not a text that SQLite can hold')
  return `'${value.replaceAll("'", "''")}'`
}

/** A template of a statement: what is inserted becomes a literal. */
export const statement = (parts: TemplateStringsArray, ...values: (string | number | null)[]): string =>
  String.raw({ raw: parts }, ...values.map(literal))
