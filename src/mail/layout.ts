import type { Colours } from '../domain/brand.ts'
import { directionOf, type Language } from '../domain/languages.ts'

/** A paragraph, a code, or a URL. A URL is on a line of its own, and with a label it is also behind a button. */
export type Block = string | { url: string; label?: string } | { code: string }

/** The content of a mail. The text part and the HTML part are rendered from this, so that they say the same. */
export type Content = {
  language: Language
  heading: string
  /** The text that mail programs show after the subject. */
  preview: string
  blocks: Block[]
  /** What to do if a button does not work. */
  noButton: string
  /** The service that sends it, and its URL. */
  sender: { name: string; url: string }
  /** Further links of the operator, such as the one to support. */
  links: { label: string; url: string }[]
  /** The last paragraphs. */
  ends: string[]
  colours: Colours
}

/** RFC 5322 §2.1.1 recommends at most 78 characters in a line; 72 leave room for the `>` of quoted replies. */
const width = 72

/**
 * Breaks at spaces only: a URL must stay in one piece. Japanese and Chinese have no spaces, so their paragraphs are one
 * line, which mail programs break; RFC 5322 allows 998 octets.
 */
const wrap = (paragraph: string): string => {
  const lines: string[] = []
  for (const word of paragraph.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.join('\n')
}

/** Renders the plain-text part. */
export const asText = ({ heading, blocks, sender, links, ends }: Content): string => {
  const body = blocks.map((block) =>
    typeof block === 'string' ? wrap(block) : 'code' in block ? block.code : block.url,
  )
  // RFC 3676 §4.3: "-- " on a line of its own begins the signature.
  const signature = ['-- ', sender.name, sender.url, ...links.flatMap(({ label, url }) => ['', label, url])]
  return `${[wrap(heading), ...body, signature.join('\n'), ...ends.map(wrap)].join('\n\n')}\n`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

type Html = { html: string }

/** Escapes every value, for text and quoted attributes alike, unless `html` itself made it. */
const html = (literals: TemplateStringsArray, ...values: (string | Html | Html[])[]): Html => {
  const safe = values.map((value) => {
    if (typeof value === 'string') return value.replace(/[&<>"']/g, (sign) => entities[sign]!)
    return Array.isArray(value) ? value.map((part) => part.html).join('') : value.html
  })
  return { html: String.raw({ raw: literals }, ...safe) }
}

/** Mail programs that do not know `prefers-color-scheme` show the inline styles, which are the light ones. */
const dark = ({ dark, onDark }: Colours) => html`
  @media (prefers-color-scheme: dark) {
    .page { background: #101513 !important }
    .card { background: #18201d !important; border-color: #2d3833 !important }
    .text { color: #e8eeeb !important }
    .soft { color: #a2afa9 !important }
    .line { border-color: #2d3833 !important }
    .link { color: ${dark} !important }
    .button { background: ${dark} !important; color: ${onDark} !important }
  }`

const font = html`font-family: system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif`
const paragraph = html`margin: 0 0 16px; font-size: 16px; line-height: 1.55; color: #1c2421`
const small = html`margin: 0 0 8px; font-size: 14px; line-height: 1.5; color: #57635e`

/** Renders the HTML part: one column without tables, pictures or anything that must be loaded. */
export const asHtml = ({
  language,
  heading,
  preview,
  blocks,
  noButton,
  sender,
  links,
  ends,
  colours,
}: Content): string => {
  const direction = directionOf(language)
  // In right-to-left text, the punctuation of a URL would move to its other end.
  const ltr = direction === 'rtl' ? html` dir="ltr"` : ''
  const link = (url: string, label = url) =>
    html`<a class="link"${label === url ? ltr : ''} href="${url}" style="color: ${colours.link}">${label}</a>`

  /**
   * Keeps an e-mail address, which may be masked, left-to-right for the same reason as a URL; and a code, whose groups
   * would change places.
   */
  const isolated = (text: string) =>
    ltr
      ? text
          .split(/(\S*@[\w.•-]*\w|\d{4} \d{4})/)
          .map((part, at) => (at % 2 ? html`<bdi${ltr}>${part}</bdi>` : html`${part}`))
      : text

  const rendered = (block: Block): Html => {
    if (typeof block === 'string') return html`<p class="text" style="${paragraph}">${isolated(block)}</p>\n`
    if ('code' in block)
      return html`<p class="text" style="margin: 24px 0; font-size: 30px; font-weight: 700; letter-spacing: 3px; line-height: 1.3; color: #1c2421">${isolated(block.code)}</p>\n`
    if (!block.label) return html`<p class="text" style="${paragraph}">${link(block.url)}</p>\n`
    return html`<p style="margin: 24px 0"><a class="button" href="${block.url}" style="display: inline-block; padding: 12px 24px; border-radius: 8px; background: ${colours.button}; color: ${colours.onButton}; font-size: 16px; font-weight: 600; line-height: 1.4; text-decoration: none">${block.label}</a></p>
<p class="soft" style="${small}">${noButton}</p>
<p class="soft" style="margin: 0 0 24px; font-size: 14px; line-height: 1.5">${link(block.url)}</p>\n`
  }

  const last = (text: string | Html) => html`<p class="soft" style="${small}">${text}</p>\n`
  const offered = links.map(({ label, url }, at) => html`${at === 0 ? '' : ' · '}${link(url, label)}`)

  return html`<!doctype html>
<html lang="${language}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>${heading}</title>
<style>:root { color-scheme: light dark; supported-color-schemes: light dark }${dark(colours)}
</style>
</head>
<body class="page" style="margin: 0; padding: 0; background: #f5f6f3; -webkit-text-size-adjust: 100%">
<div style="display: none; max-height: 0; overflow: hidden; opacity: 0">${preview}</div>
<div class="page"${direction === 'rtl' ? html` dir="rtl"` : ''} style="padding: 24px 12px; background: #f5f6f3; ${font}">
<div class="card" style="max-width: 560px; margin: 0 auto; padding: 28px 24px 20px; box-sizing: border-box; border: 1px solid #d9ded9; border-radius: 12px; background: #ffffff; overflow-wrap: anywhere; word-break: break-word">
<p class="soft" style="margin: 0 0 20px; font-size: 15px; font-weight: 600; color: #57635e">${sender.name}</p>
<h1 class="text" style="margin: 0 0 16px; font-size: 22px; font-weight: 700; line-height: 1.3; color: #1c2421">${heading}</h1>
${blocks.map(rendered)}<div class="line" style="margin: 28px 0 16px; border-top: 1px solid #d9ded9; font-size: 0; line-height: 0">&nbsp;</div>
${last(html`${sender.name} · ${link(sender.url)}`)}${offered.length > 0 ? last(html`${offered}`) : ''}${ends.map(last)}</div>
</div>
</body>
</html>
`.html
}
