export const number = (count: number) => count.toLocaleString('en')

/** Overwrites one line on a terminal; writes nothing elsewhere. */
export const tell = (text: string) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)

/** Reads the migrations that a database has. */
export const applied = 'select name from d1_migrations order by id'
