/** The languages of mails and pages, as tags of BCP 47. English is the source of all others. */
export const languages = ['en', 'de', 'fr', 'es', 'pt-BR', 'ja', 'zh-Hans', 'ar'] as const

export type Language = (typeof languages)[number]

/** Returns the direction of the script, as the attribute `dir` has it. */
export const directionOf = (language: string) => (language === 'ar' ? 'rtl' : 'ltr')

/** Returns the tag with its likely script and region; undefined if it is not a tag. `pt_BR` is a common misspelling. */
const maximized = (tag: string) => {
  try {
    return new Intl.Locale(tag.replaceAll('_', '-')).maximize()
  } catch {
    return undefined
  }
}

export const isLanguageTag = (tag: string): boolean => maximized(tag) !== undefined

/**
 * Returns the language that is closest to a tag (RFC 4647 §3.4): of its script and region, else of its region, else of
 * its script, else any of its language. Undefined if the service has
 * no such language.
 */
export const lookUp = (tag: string): Language | undefined => {
  const wanted = maximized(tag)
  const points = languages.map((language): [Language, number] => {
    const has = maximized(language)!
    return has.language === wanted?.language
      ? [language, 1 + Number(has.script === wanted.script) + 2 * Number(has.region === wanted.region)]
      : [language, 0]
  })
  const [best, most] = points.reduce((first, next) => (next[1] > first[1] ? next : first))
  return most > 0 ? best : undefined
}

/** The most tags of a header that are read. */
const mostTags = 20

/**
 * Returns the language that suits `Accept-Language` best (RFC 9110 §12.5.4), by quality and then by place. Undefined if
 * none does.
 */
export const accepted = (header = ''): Language | undefined =>
  header
    .split(',', mostTags)
    .map((part) => {
      const [tag = '', quality = '1'] = part.split(/;\s*q=/i)
      return { tag: tag.trim(), quality: Number(quality) }
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ tag }) => lookUp(tag))
    .find((language) => language !== undefined)

/**
 * Fills the places of a text: `{name}`, and `{name, plural, one {# day} other {# days}}` with the plural forms of the
 * language. Values are inserted as they are and never parsed.
 */
export const say = (text: string, values: Record<string, string | number>, language: Language): string =>
  text.replace(/\{(\w+)(?:, plural,((?: \w+ \{[^{}]*\})+))?\}/g, (_, name: string, forms?: string) => {
    const value = values[name]!
    if (!forms) return String(value)
    const texts = Object.fromEntries([...forms.matchAll(/(\w+) \{([^{}]*)\}/g)].map(([, form, said]) => [form, said!]))
    const form = new Intl.PluralRules(language).select(Number(value))
    return (texts[form] ?? texts.other)!.replaceAll('#', () => new Intl.NumberFormat(language).format(Number(value)))
  })
