/** Signs with which a spreadsheet begins a formula, in their full-width forms too, also after blanks. */
const formula = /^[\s\u00a0\u3000]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/

/** Returns one cell of a CSV file (RFC 4180). What a spreadsheet would run as a formula gets an apostrophe in front. */
export const csvCell = (value: string | number | null): string => {
  const text = `${value ?? ''}`
  const safe = typeof value === 'string' && formula.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}

export const csv = (rows: (string | number | null)[][]): string =>
  // The mark at the beginning tells spreadsheets that the file is UTF-8.
  `\ufeff${rows.map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`
