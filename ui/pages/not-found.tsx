import { marker, type Page } from '../page.ts'
import { If } from '../parts/if.tsx'

/** What browsers see at a URL that does not exist. */
export const page: Page = {
  title: 'page.not_found.title',
  layout: 'narrow',
  content: ({ t }) => (
    <div class="card stack">
      <h1>{t('page.not_found.title')}</h1>
      <p>{t('page.not_found.text')}</p>
      <If
        name="site"
        otherwise={
          <a class="button full" href="/">
            {t('page.not_found.go', { place: marker('app') })}
          </a>
        }
      >
        <a class="button full" href={marker('site')}>
          {t('page.not_found.go', { place: marker('host') })}
        </a>
      </If>
    </div>
  ),
}
