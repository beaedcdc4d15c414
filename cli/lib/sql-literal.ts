/**
 * Returns a value as an SQLite literal, for statements without bound parameters: `wrangler d1 execute` accepts SQL text
 * only. A text is quoted with its quotes doubled; nothing else has a meaning inside (SQLite, "Literal Values").
 * @throws TypeError for a number that is not a safe integer, and for NUL, which would end the statement
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

/** A template of a statement whose inserted values become literals. */
export const statement = (parts: TemplateStringsArray, ...values: (string | number | null)[]): string =>
  String.raw({ raw: parts }, ...values.map(literal))

/**
 * Returns JSON in which nothing can be mistaken for SQL, nor for the words that `wrangler d1 execute` searches a file
 * for (`BEGIN TRANSACTION`): characters that are not plain are escaped by number.
 */
export const plainJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\w@.+=$/:,"[\]\\{}-]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** The most bytes of a statement. D1 accepts up to 100,000. */
const longest = 90_000

/** Packs rows as JSON into arrays that each fit into one statement. An array with a single row may be longer. */
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
