/** A value in a statement. Undefined stands for an expression that would have to be computed. */
export type Value = string | number | boolean | null | undefined

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', 0: '\0', Z: '\x1a' }

/** Matches a name with or without quotes and schema. */
export const nameForm = String.raw`(?:"[^"]+"|\x60[^\x60]+\x60|\[[^\]]+\]|[\w$]+)(?:\s*\.\s*(?:"[^"]+"|\x60[^\x60]+\x60|\[[^\]]+\]|[\w$]+))*`

/** Returns a name without quotes. */
export const bareName = (name: string): string => name.replace(/["`[\]\s]/g, '')

/** Returns the names in a list of columns, or in the body of CREATE TABLE without its constraints. */
export const namesOf = (list: string): string[] => {
  const names: string[] = []
  let [depth, from, quote] = [0, 0, '']
  const take = (text: string) => {
    const name = new RegExp(`^\\s*(${nameForm})`).exec(text)?.[1]
    if (name && !/^(?:primary|unique|key|index|constraint|foreign|check|fulltext|spatial|exclude|like)$/i.test(name))
      names.push(bareName(name))
  }
  for (let at = 0; at < list.length; at++) {
    const sign = list[at]!
    if (quote !== '' || sign === "'" || sign === '"') quote = quote === '' ? sign : quote === sign ? '' : quote
    else if (sign === '(') depth++
    else if (sign === ')') depth--
    else if (sign === ',' && depth === 0) {
      take(list.slice(from, at))
      from = at + 1
    }
  }
  take(list.slice(from))
  return names
}

/**
 * Returns a reader of the values in a statement, one after another.
 * @param from the index of the first value
 * @param backslashes whether a backslash escapes the next character, as in MySQL
 */
export const createValueReader = (text: string, from: number, backslashes: boolean) => {
  let at = from

  const match = (form: RegExp): RegExpExecArray | null => {
    form.lastIndex = at
    const found = form.exec(text)
    if (found) at += found[0].length
    return found
  }

  /** Skips white space and comments. */
  const pass = () => match(/(?:\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/)*/y)

  const quoted = (escaping: boolean): string => {
    const parts: string[] = []
    for (let begins = at; ; ) {
      const stop = /['\\]/g
      stop.lastIndex = at
      const found = stop.exec(text)
      if (!found) throw new SyntaxError('a text does not end')
      at = found.index + 1
      if (found[0] === '\\') {
        if (!escaping) continue
        const sign = text[at] ?? ''
        parts.push(text.slice(begins, found.index), escapes[sign] ?? sign)
        begins = ++at
      } else if (text[at] === "'") {
        parts.push(text.slice(begins, at))
        begins = ++at
      } else {
        parts.push(text.slice(begins, found.index))
        return parts.join('')
      }
    }
  }

  /** Reads a value without quotes: a number, a constant, or an expression, which is undefined. */
  const plainValue = (): Value => {
    const word = match(/[xX]'[0-9A-Fa-f]*'|[^\s,()':]+/y)?.[0]
    if (word === undefined) throw new SyntaxError('no value')
    if (match(/\s*\((?:[^()']|'(?:[^']|'')*'|\([^()]*\))*\)/y)) return
    if (/^null$/i.test(word)) return null
    if (/^(?:true|false)$/i.test(word)) return /^t/i.test(word)
    return /^[-+]?\d{1,15}$/.test(word) ? Number(word) : word
  }

  /** Reads a literal. Undefined for an expression. @throws SyntaxError */
  const value = (): Value => {
    pass()
    const opening = match(/(?:[EeNn]|_\w+\s*)?'/y)
    let read: Value
    if (opening) read = quoted(backslashes || /^e/i.test(opening[0]))
    else if (match(/cast\s*\(/iy)) {
      read = value()
      match(/\s+as\s+[^()]*(?:\([^()]*\))?\s*\)/iy)
    } else read = plainValue()
    match(/(?:\s*::\s*[\w."]+(?:\s+with(?:out)? time zone)?(?:\s*\(\d+(?:,\s*\d+)?\))?(?:\[\])?)+/iy)
    return read
  }

  return {
    value,
    /** Skips a character if it is the next one, and returns whether it was. */
    take: (sign: string): boolean => {
      pass()
      if (!text.startsWith(sign, at)) return false
      at += sign.length
      return true
    },
    /** Returns the index of the next character. */
    place: () => at,
  }
}
