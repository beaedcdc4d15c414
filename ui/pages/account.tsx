import { accountPage, Card } from '../parts/account.tsx'
import { Field } from '../parts/field.tsx'
import { Problem } from '../parts/problem.tsx'

/** The profile: picture, name and phone. */
export const page = accountPage({
  title: 'page.account.title',
  path: '/account',
  script: 'account',
  content: (t) => (
    <div class="sections">
      <Card id="picture" title={t('page.account.picture')} text={t('page.account.picture_text')}>
        <form id="picture" class="stack" novalidate>
          <div class="row">
            <div class="avatar" id="avatar" />
            <div class="row">
              <label class="button quiet small" for="file" id="choose">
                {t('page.account.choose')}
              </label>
              <input
                class="visually-hidden"
                id="file"
                name="file"
                type="file"
                accept="image/png,image/jpeg,image/webp"
                aria-describedby="file-problem"
              />
              <button class="button small" type="submit" id="use" hidden>
                {t('page.account.use')}
              </button>
              <button class="button quiet small" type="button" id="undo" hidden>
                {t('word.cancel')}
              </button>
              <button class="button quiet small" type="button" id="remove" hidden>
                {t('word.remove')}
              </button>
            </div>
          </div>
          <p class="error" id="file-problem" role="alert" hidden />
          <Problem />
        </form>
      </Card>
      <Card id="profile" title={t('page.account.about')} text={t('page.account.about_text')}>
        <form id="profile" class="stack" novalidate>
          <fieldset class="plain fields" id="profile-fields" disabled>
            <div class="two">
              <Field t={t} name="name" label={t('word.name')} autocomplete="name" maxlength={100} optional />
              <Field
                t={t}
                name="phone"
                label={t('page.account.phone')}
                type="tel"
                autocomplete="tel"
                inputmode="tel"
                maxlength={40}
                optional
              />
            </div>
            <dl class="facts">
              <dt>{t('word.email')}</dt>
              <dd>
                <span id="email">…</span>{' '}
                <a class="small" href="/account/security">
                  {t('page.account.change')}
                </a>
              </dd>
              <dt>{t('page.account.since')}</dt>
              <dd id="since">…</dd>
              <dt>{t('page.account.last')}</dt>
              <dd id="last">…</dd>
            </dl>
            <Problem />
            <div class="row">
              <button class="button" type="submit">
                {t('page.account.save')}
              </button>
            </div>
          </fieldset>
        </form>
      </Card>
    </div>
  ),
})
