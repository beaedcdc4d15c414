import { accountPage } from '../../parts/account.tsx'

/** What happened to the account lately, and a way to say that somebody else did it. */
export const page = accountPage({
  title: 'page.activity.title',
  intro: 'page.activity.intro',
  path: '/account/activity',
  script: 'activity',
  content: (t) => (
    <div class="card flush">
      <ul class="list" id="activity" aria-busy="true">
        <li class="waiting-row muted">{t('word.loading')}</li>
      </ul>
    </div>
  ),
})
