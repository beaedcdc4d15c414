import { directionOf } from '../src/domain/languages.ts'
import { type Child, marker, type Page, type PageProps } from './page.ts'
import { If } from './parts/if.tsx'

/** The files that a page loads, by their addresses. */
export type Files = { sheet: string; script?: string | undefined }

type Props = PageProps & {
  page: Page
  files: Files
  /** The texts that the script of the page needs, as JSON. */
  words: Child
  children: Child
}

const Navigation = ({ t, part }: { t: PageProps['t']; part: Page['part'] }) => (
  <nav class="nav" aria-label={t('layout.main')}>
    {part === 'account' && (
      <If name="console">
        <a href="/console" data-admins-only hidden>
          {t('layout.console')}
        </a>
      </If>
    )}
    {part === 'console' && <a href="/account">{t('layout.account')}</a>}
    <button type="button" data-log-out>
      {t('layout.log_out')}
    </button>
  </nav>
)

/** Links to what the operator offers, each only if its address is set. */
const Offered = ({ t }: Pick<Props, 't'>) => (
  <ul class="languages">
    {(['privacy', 'terms', 'support'] as const).map((name) => (
      <If name={name}>
        <li>
          <a href={marker(name)}>{t(`mail.${name}`)}</a>
        </li>
      </If>
    ))}
  </ul>
)

const Languages = ({ t, tag, languages }: Pick<Props, 't' | 'tag' | 'languages'>) => (
  <nav aria-label={t('layout.languages')}>
    <ul class="languages">
      {languages.map(({ tag: other, name }) => (
        <li>
          <a
            href={`?lang=${other}`}
            lang={other}
            hreflang={other}
            data-language={other}
            aria-current={other === tag ? 'true' : undefined}
          >
            {name}
          </a>
        </li>
      ))}
    </ul>
  </nav>
)

const themes = [
  ['system', 'layout.theme_system'],
  ['light', 'layout.theme_light'],
  ['dark', 'layout.theme_dark'],
] as const

/** The choice of colours. The Worker keeps it in a cookie, so that a page has its colours from the first moment. */
const Theme = ({ t }: Pick<Props, 't'>) => (
  <nav aria-label={t('layout.theme')}>
    <ul class="languages">
      {themes.map(([theme, name]) => (
        <li>
          <a href={`?theme=${theme}`} data-theme-choice={theme} aria-current={marker(`is_${theme}`)}>
            {t(name)}
          </a>
        </li>
      ))}
    </ul>
  </nav>
)

/** The frame of every page. */
export const Layout = ({ page, files, languages, words, children, t, tag }: Props) => {
  const title = page.title === 'page.index.title' ? marker('app') : `${t(page.title)} · ${marker('app')}`
  return (
    <html lang={tag} dir={directionOf(tag)} data-theme={marker('theme')}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        {page.layout !== 'wide' && <meta name="robots" content="noindex" />}
        <title>{title}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href={files.sheet} />
        <If name="brand">
          <link rel="stylesheet" href="/ui/brand.css" />
        </If>
        {files.script && <script src={files.script} type="module" />}
        {words}
      </head>
      <body class={page.layout}>
        <a class="skip" href="#main">
          {t('layout.skip')}
        </a>
        <header class="header">
          <div class="bar">
            <a href="/" class="brand">
              <img src="/favicon.svg" alt="" width="26" height="26" />
              {marker('app')}
            </a>
            {page.part && <Navigation t={t} part={page.part} />}
          </div>
        </header>
        <main id="main" tabindex={-1} data-return-to={marker('return_to')} data-sign-in={marker('sign_in')}>
          {children}
        </main>
        <footer class="footer">
          {languages.length > 1 && <Languages t={t} tag={tag} languages={languages} />}
          <Theme t={t} />
          <Offered t={t} />
        </footer>
        <div class="toast" role="status" id="toast" />
      </body>
    </html>
  )
}
