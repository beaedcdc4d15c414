import type { Language } from '../domain/languages.ts'
import { countUntranslated } from '../meter.ts'
import english from './english.json' with { type: 'json' }
import type { Texts, Words } from './wording.ts'

/**
 * Returns the words of a language. The build writes them to a file (in `public/i18n/`), with the operator's own wording
 * where there is one. If the file cannot be read, the words are English, since a mail that is late is worse than one in
 * English.
 */
export const createCatalogue = (assets: Fetcher) => {
  /** The words, kept per isolate. Promises must not be kept here: a promise belongs to the request that made it. */
  const known = new Map<Language, Texts>()

  const read = async (language: Language): Promise<Texts | undefined> => {
    try {
      const reply = await assets.fetch(new Request(`https://assets/i18n/${language}/mail.json`, { redirect: 'manual' }))
      if (reply.status === 200) return { ...english, ...(await reply.json<Texts>()) }
      await reply.body?.cancel()
    } catch {}
    return undefined
  }

  return async (language: Language): Promise<Words> => {
    const texts = known.get(language) ?? (await read(language))
    if (!texts) {
      if (language !== 'en') countUntranslated()
      return { language: 'en', texts: english }
    }
    known.set(language, texts)
    return { language, texts }
  }
}

export type Catalogue = ReturnType<typeof createCatalogue>
