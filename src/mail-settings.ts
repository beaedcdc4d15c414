import * as z from 'zod/mini'
import { coloursOf } from './domain/brand.ts'
import { languages } from './domain/languages.ts'
import { type LinkDefinition, type LinkName, links } from './domain/mails.ts'
import { httpsUrl, linkTemplate, mailbox, whole } from './setting-values.ts'

/** The settings of mails: their sender, links, language and looks. */

export const linkSettings = Object.values(links).map(({ setting }) => setting)

/** The URLs of mailed links. */
const templates = Object.fromEntries(linkSettings.map((setting) => [setting, linkTemplate])) as Record<
  (typeof linkSettings)[number],
  typeof linkTemplate
>

/** A colour in lower case. Empty means not set. */
const colour = z
  .optional(z.string().check(z.trim(), z.toLowerCase()))
  .check(z.refine((text) => !text || /^#[0-9a-f]{6}$/.test(text), 'must be a colour such as #0f6b63'))

export const mailVariables = {
  MAIL_FROM: mailbox,
  MAIL_FROM_NAME: z.optional(z.string().check(z.trim(), z.maxLength(60))),
  MAIL_DAILY_QUOTA: whole(0, 10, 999_999),
  DEFAULT_LOCALE: z._default(z.enum(languages), 'en'),
  BRAND_COLOR: colour,
  PRIVACY_URL: httpsUrl,
  TERMS_URL: httpsUrl,
  SUPPORT_URL: httpsUrl,
  ...templates,
}

type Values = z.infer<ReturnType<typeof z.object<typeof mailVariables>>> & { APP_NAME: string; APP_URL: string }

/** Returns the settings of mails. `frontend`: the URL of the site. */
export const mailSettings = (v: Values, frontend: string) => ({
  mailFrom: { email: v.MAIL_FROM, name: v.MAIL_FROM_NAME ?? v.APP_NAME },
  /** How many mails the mail service accepts in a day. Undefined: unknown. */
  mailDailyQuota: v.MAIL_DAILY_QUOTA || undefined,
  /** The language of mails to people whose language is not known. */
  defaultLanguage: v.DEFAULT_LOCALE,
  brand: {
    colour: v.BRAND_COLOR || undefined,
    colours: coloursOf(v.BRAND_COLOR),
    /** What the operator offers, in this order. */
    links: (
      [
        ['privacy', v.PRIVACY_URL],
        ['terms', v.TERMS_URL],
        ['support', v.SUPPORT_URL],
      ] as const
    ).flatMap(([name, url]) => (url ? [{ name, url }] : [])),
  },
  links: Object.fromEntries(
    Object.entries<LinkDefinition>(links).map(([name, { page, setting, onSite }]) => [
      name,
      v[setting as keyof typeof templates] || `${onSite ? frontend : v.APP_URL}/auth/${page}#token={token}`,
    ]),
  ) as Record<LinkName, string>,
})
