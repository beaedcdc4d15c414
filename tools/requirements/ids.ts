/** `6.2.1` after `ASVS`, or a letter with a number: `N5`, `A-04b`, `R6`, `F3`, `I1`. */
const id = /^(?:ASVS )?(\d+\.\d+\.\d+)$|^([NRFI]\d+|A-\d+[a-z]?)$/

/** `I1–I8` */
const range = /^([NRFI])(\d+)–\1?(\d+)$/

const expanded = (part: string) => {
  const [, letter, first, last] = range.exec(part) ?? []
  if (letter === undefined) return [part]
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => `${letter}${Number(first) + at}`)
}

/** What may stand in parentheses without being an id: other sources, and the design's own decisions. */
const source = /^(?:RFC \d+.*|decisions? \d+|CVE-\d{4}-\d{4,}|GHSA(?:-[a-z0-9]{4}){3})$/

/** Text that looks like an intended id: a letter or two with a number, or numbers with full stops. */
const meant = /^(?:ASVS\b.*|[NFIA]-?\d+\b.*|[A-Z]{1,2}-?\d+\w*|\d+\.\d+(?:\.\d+)?)$/

/**
 * Returns the ids that a title contains in parentheses, as in `is refused (ASVS 6.2.1, N5)`.
 * @returns `odd`: text that looks like an id and is not one
 */
export const idsIn = (title: string) => {
  const parts = [...title.matchAll(/\(([^()]*)\)/g)]
    .flatMap(([, inside = '']) => inside.split(/,\s*/))
    .flatMap(expanded)
  const ids = parts.flatMap((part) => {
    const [, asvs, other] = id.exec(part) ?? []
    return asvs ?? other ?? []
  })
  const odd = parts.filter((part) => !id.test(part) && !source.test(part) && meant.test(part))
  return { ids, odd }
}

/** Returns the title without ids, for people, with the varying parts of a series left open. */
export const readable = (title: string) =>
  title
    .replace(/\s*\(([^()]*)\)/g, (whole, inside: string) =>
      inside
        .split(/,\s*/)
        .flatMap(expanded)
        .some((part) => id.test(part) || source.test(part))
        ? ''
        : whole,
    )
    .replace(/\$\{[^}]*\}|\$[\w.]+|%[sdijfo#]/g, '…')
    .trim()
