import { accountPage, Card } from '../../parts/account.tsx'
import { NewApp, RecoveryCodes } from '../../parts/factors.tsx'
import { Field } from '../../parts/field.tsx'
import { If } from '../../parts/if.tsx'
import { NewPassword } from '../../parts/new-password.tsx'
import { Problem } from '../../parts/problem.tsx'

/** What people log in with: address, password, passkeys, apps and recovery codes. */
export const page = accountPage({
  title: 'page.security.title',
  intro: 'page.security.intro',
  path: '/account/security',
  script: 'security',
  content: (t) => (
    <div class="sections">
      <Card id="email" title={t('word.email')} text={t('page.security.email_text')}>
        <p>
          <strong id="address">…</strong>
        </p>
        <div class="note waiting stack spaced" id="pending" hidden>
          <p>
            <strong id="pending-address" />
          </p>
          <p>{t('page.security.pending')}</p>
          <div class="row">
            <button class="button quiet small" type="button" id="keep">
              {t('page.security.keep')}
            </button>
          </div>
        </div>
        <p class="note spaced" id="only-mailbox" hidden>
          {t('page.security.only_mailbox')}
        </p>
        <form id="change-email" class="stack spaced" novalidate>
          <Field t={t} name="email" label={t('page.security.new_email')} type="email" autocomplete="email" />
          <Problem />
          <div class="row">
            <button class="button" type="submit">
              {t('page.security.change_email')}
            </button>
          </div>
        </form>
      </Card>
      <Card id="password" title={t('word.password')} text={t('page.security.password_text')}>
        <form id="change-password" class="stack" novalidate>
          <input
            class="visually-hidden"
            id="username"
            type="email"
            autocomplete="username"
            aria-label={t('word.email')}
            readonly
            tabindex={-1}
            data-optional
          />
          <Field
            t={t}
            name="current_password"
            label={t('page.security.current_password')}
            type="password"
            autocomplete="current-password"
          />
          <NewPassword t={t} />
          <Problem />
          <div class="row">
            <button class="button" type="submit">
              {t('page.security.change_password')}
            </button>
            <If name="passwordless">
              <button class="button quiet bad" type="button" id="remove-password">
                {t('page.security.remove_password')}
              </button>
            </If>
          </div>
        </form>
        <div id="no-password" class="stack" hidden>
          <p>{t('page.security.no_password')}</p>
          <div class="row">
            <button class="button quiet" type="button" id="set-password">
              {t('page.sign_in.locked_link')}
            </button>
          </div>
        </div>
      </Card>
      <Card id="passkeys" title={t('page.security.passkeys')} text={t('page.security.passkeys_text')} hidden>
        <ul class="list" id="passkeys" />
        <div class="row spaced">
          <button class="button" type="button" id="add-passkey">
            {t('page.security.add_passkey')}
          </button>
        </div>
      </Card>
      <Card id="factors" title={t('page.security.factors')} text={t('page.security.factors_text')}>
        <ul class="list" id="apps" aria-busy="true" />
        <p class="small muted" id="codes-left" hidden />
        <div class="row spaced">
          <button class="button" type="button" id="add-app" hidden>
            {t('page.security.add_app')}
          </button>
          <button class="button quiet" type="button" id="new-codes" hidden>
            {t('page.security.new_codes')}
          </button>
        </div>
        <form id="enrol" class="stack spaced" novalidate hidden>
          <h3>{t('page.security.add_app')}</h3>
          <NewApp t={t} />
          <Problem />
          <div class="row">
            <button class="button" type="submit">
              {t('page.security.add_this_app')}
            </button>
            <button class="button quiet" type="button" id="stop-enrol">
              {t('word.cancel')}
            </button>
          </div>
        </form>
        <div id="codes" class="note waiting stack spaced" hidden>
          <h3 id="codes-title" tabindex={-1}>
            {t('page.security.codes')}
          </h3>
          <RecoveryCodes t={t} />
        </div>
      </Card>
      <Card id="trusted" title={t('page.security.trusted')} text={t('page.security.trusted_text')} hidden>
        <ul class="list" id="trusted" />
        <div class="row spaced">
          <button class="button quiet" type="button" id="forget-all">
            {t('page.security.forget_all')}
          </button>
        </div>
      </Card>
    </div>
  ),
})
