import { consolePage, DataTable } from '../../parts/console.tsx'
import { Problem } from '../../parts/problem.tsx'

export const page = consolePage({
  title: 'console.invitations.title',
  intro: 'console.invitations.intro',
  path: '/console/invitations',
  script: 'invitations',
  content: (t) => (
    <div class="sections">
      <section class="card" aria-labelledby="invite-title">
        <header>
          <h2 id="invite-title">{t('console.invitations.invite')}</h2>
          <p>{t('console.invitations.invite_text')}</p>
        </header>
        <form class="stack" id="invite" novalidate>
          <div class="field">
            <label for="people">{t('console.invitations.people')}</label>
            <textarea
              class="input"
              id="people"
              rows={4}
              aria-describedby="people-hint people-results"
              autocomplete="off"
              spellcheck={false}
            />
            <p class="hint" id="people-hint">
              {t('console.invitations.people_hint')}
            </p>
          </div>
          <label class="check">
            <input type="checkbox" id="as-admin" /> {t('console.invitations.as_admin')}
          </label>
          <Problem />
          <div role="status">
            <ul id="people-results" class="small" />
          </div>
          <div>
            <button class="button" type="submit">
              {t('console.invitations.send')}
            </button>
          </div>
        </form>
      </section>
      <div>
        <DataTable
          t={t}
          label="console.invitations.title"
          columns={['console.users.user', 'console.invitations.invited', 'console.invitations.actions']}
          nothing="console.invitations.nobody"
          more="console.users.more"
        />
      </div>
    </div>
  ),
})
