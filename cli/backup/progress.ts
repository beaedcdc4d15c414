export const number = (count: number) => count.toLocaleString('en')

/** Overwrites one line on a terminal; writes nothing elsewhere. */
export const tell = (text: string) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)
