import { tag } from './words.ts'

/** Days before months, as in most of the world. */
const locale = tag === 'en' ? 'en-GB' : tag
const options = { dateStyle: 'medium', calendar: 'gregory' } as const

const shortDate = new Intl.DateTimeFormat(locale, options)
const longDate = new Intl.DateTimeFormat(locale, { ...options, timeStyle: 'short' })

export const date = (iso: string) => shortDate.format(new Date(iso))
export const time = (iso: string) => longDate.format(new Date(iso))
