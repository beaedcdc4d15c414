import { accountPage } from '../../parts/account.tsx'

/** Where somebody is logged in. */
export const page = accountPage({
  title: 'page.sessions.title',
  intro: 'page.sessions.intro',
  path: '/account/sessions',
  script: 'sessions',
  action: (t) => (
    <button class="button quiet bad small" type="button" id="end-others" disabled>
      {t('page.sessions.end_others')}
    </button>
  ),
  content: (t) => (
    <div class="card flush">
      <ul class="list" id="sessions" aria-busy="true">
        <li class="waiting-row muted">{t('word.loading')}</li>
      </ul>
    </div>
  ),
})
