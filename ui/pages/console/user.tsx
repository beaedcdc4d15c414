import type { Key, Text } from '../../page.ts'
import { consolePage } from '../../parts/console.tsx'
import { Field } from '../../parts/field.tsx'
import { Problem } from '../../parts/problem.tsx'

const facts: [id: string, name: Key][] = [
  ['pending', 'console.user.pending'],
  ['phone', 'console.user.phone'],
  ['created', 'console.users.created'],
  ['last', 'console.users.last'],
  ['external', 'console.user.external'],
  ['id', 'console.user.id'],
]

const actions: [id: string, name: Key][] = [
  ['role', 'console.user.make_admin'],
  ['status', 'console.user.disable'],
  ['verified', 'console.user.verify'],
  ['reset', 'console.user.reset'],
  ['factors-reset', 'console.user.remove_factors'],
]

const List = ({ t, name, title, action }: { t: Text; name: string; title: Key; action?: Key }) => (
  <section class="card flush" aria-labelledby={`${name}-title`}>
    <div class="list-head row spread">
      <h2 id={`${name}-title`} tabindex={-1}>
        {t(title)}
      </h2>
      {action && (
        <button class="button quiet bad small" type="button" id={`${name}-action`} hidden>
          {t(action)}
        </button>
      )}
    </div>
    <ul class="list" id={name} />
  </section>
)

/** One user. The id is in the fragment, so that no log has it. */
export const page = consolePage({
  title: 'console.user.title',
  path: '/console/users',
  script: 'user',
  content: (t) => (
    <div class="sections" id="user" aria-busy="true">
      <section class="card" aria-labelledby="name">
        <div class="row spaced-below">
          <div class="avatar" id="avatar" />
          <div>
            <h2 id="name">…</h2>
            <p class="muted" id="email" />
            <p class="row tight" id="badges">
              &nbsp;
            </p>
          </div>
        </div>
        <dl class="facts">
          {facts.map(([id, name]) => (
            <>
              <dt>{t(name)}</dt>
              <dd id={id}>…</dd>
            </>
          ))}
        </dl>
      </section>

      <section class="card" aria-labelledby="access-title">
        <header>
          <h2 id="access-title">{t('console.user.access')}</h2>
          <p>{t('console.user.access_text')}</p>
        </header>
        <div class="row">
          {actions.map(([id, name]) => (
            <button class="button quiet small" type="button" id={id} disabled>
              {t(name)}
            </button>
          ))}
        </div>
      </section>

      <section class="card" aria-labelledby="edit-title">
        <header>
          <h2 id="edit-title">{t('console.user.edit')}</h2>
          <p>{t('console.user.edit_text')}</p>
        </header>
        <form class="stack" id="edit" novalidate>
          <fieldset class="plain stack" id="edit-fields" disabled>
            <div class="two">
              <Field t={t} name="email" label={t('word.email')} id="edit-email" type="email" autocomplete="off" />
              <Field
                t={t}
                name="name"
                label={t('word.name')}
                id="edit-name"
                autocomplete="off"
                maxlength={100}
                optional
              />
            </div>
            <div class="field">
              <label for="edit-locale">{t('layout.languages')}</label>
              <select class="input" id="edit-locale">
                <option value="">{t('console.user.no_locale')}</option>
              </select>
            </div>
            <Problem />
            <div>
              <button class="button" type="submit">
                {t('console.save')}
              </button>
            </div>
          </fieldset>
        </form>
      </section>

      <List t={t} name="sessions" title="console.user.sessions" action="console.user.end_sessions" />
      <List t={t} name="factors" title="console.user.factors" />
      <List t={t} name="mails" title="console.mails.title" />
      <List t={t} name="timeline" title="console.user.timeline" />
      <p>
        <button class="button quiet small" type="button" id="older" hidden>
          {t('console.audit.more')}
        </button>
      </p>

      <section class="card danger" aria-labelledby="delete-title">
        <header>
          <h2 id="delete-title">{t('console.user.delete')}</h2>
          <p>{t('console.user.delete_text')}</p>
        </header>
        <button class="button quiet bad" type="button" id="delete" disabled>
          {t('console.user.delete')}
        </button>
      </section>
    </div>
  ),
})
