/** Splits a list at commas outside of parentheses, up to the `from` outside of them. */
const columnsOf = (sql: string): string[] => {
  const [, list = ''] = /^\s*select\s+(?:distinct\s+)?([\s\S]*)$/i.exec(sql) ?? []
  const columns = ['']
  let depth = 0
  for (const [token] of list.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|[^\w]/g)) {
    if (token === '(') depth++
    if (token === ')') depth--
    if (depth === 0 && /^from$/i.test(token)) break
    if (depth === 0 && token === ',') columns.push('')
    else columns[columns.length - 1] += token
  }
  return columns.map((column) => column.trim()).filter(Boolean)
}

/**
 * Returns names that a SELECT gives to two of its columns. D1 answers a batch with objects keyed by name, so one of two
 * such columns is lost, and Drizzle silently puts every value after it into the wrong field.
 */
export const namedTwice = (sql: string): string[] => {
  const names = columnsOf(sql).map((column) => /["`]?(\w+|\*)["`]?$/.exec(column)?.[1] ?? column)
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))]
}
