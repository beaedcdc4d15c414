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

/**
 * JSON in which nothing can be taken for SQL, nor for the words that `wrangler d1 execute` looks for in a file
 * (`BEGIN TRANSACTION`): whatever is not plain is written by its number.
 */
export const plainJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\w@.+=$/:,"[\]\\{}-]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** D1 takes statements of 100,000 bytes. */
const longest = 90_000

/** Rows as JSON, in arrays that each fit into one statement beside its words. A row alone may be longer. */
export const packed = (rows: string[], most = longest): string[][] => {
  const packs: string[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const row of rows) {
    size += row.length + 1
    if (size > most) {
      packs.push([])
      size = row.length
    }
    packs.at(-1)!.push(row)
  }
  return packs
}
