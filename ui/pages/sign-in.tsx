import { marker, type Page } from '../page.ts'
import { Field } from '../parts/field.tsx'
import { Headings } from '../parts/headings.tsx'
import { If } from '../parts/if.tsx'
import { MailedCode } from '../parts/mailed-code.tsx'
import { NeedsScripts } from '../parts/needs-scripts.tsx'
import { Problem } from '../parts/problem.tsx'

/**
 * The log-in, with its states: the first step, a mailed code, the second factor, and the way for people who have lost
 * that factor. If the account must get its second factor first, this happens at /sign-in/second-factor.
 */
export const page: Page = {
  title: 'page.sign_in.title',
  layout: 'narrow',
  script: 'sign-in',
  content: ({ t }) => (
    <>
      <Headings
        t={t}
        states={[
          ['first', 'page.sign_in.title'],
          ['mailed', 'page.sign_in.mailed'],
          ['second', 'page.sign_in.second'],
          ['lost', 'page.sign_in.lost'],
          ['waiting', 'page.sign_in.waiting'],
        ]}
      />
      <div class="card">
        <NeedsScripts t={t} says="page.sign_in.scripts" />
        <form id="first" class="stack" data-state="first" method="post" novalidate>
          <Field t={t} name="email" label={t('word.email')} type="email" autocomplete="username webauthn" />
          <Field t={t} name="password" label={t('word.password')} type="password" autocomplete="current-password" />
          <Problem />
          <div class="note stack" id="unverified" hidden>
            <p>{t('page.sign_in.verify')}</p>
            <button class="button quiet small" type="button" id="send-again">
              {t('page.sign_in.send_again')}
            </button>
          </div>
          <div class="note stack" id="locked" hidden>
            <p>{t('page.sign_in.locked')}</p>
            <a class="button quiet small" href="/forgot-password" data-carry-address>
              {t('page.sign_in.locked_link')}
            </a>
          </div>
          <button class="button full" type="submit">
            {t('page.sign_in.button')}
          </button>
          <If name="passkeys">
            <button class="button quiet full" type="button" id="passkey" hidden>
              {t('page.sign_in.passkey')}
            </button>
          </If>
          <If name="mail_log_in">
            <button class="button quiet full" type="button" id="by-mail">
              {t('page.sign_in.by_mail')}
            </button>
          </If>
          <p class="small">
            <a href="/forgot-password" data-carry-address>
              {t('page.sign_in.forgot')}
            </a>
          </p>
        </form>
        <MailedCode t={t} text="page.sign_in.mailed_text" button="page.sign_in.button" />
        <form id="second" class="stack" data-state="second" hidden novalidate>
          <p>{t('page.sign_in.second_text')}</p>
          <button class="button full" type="button" id="second-passkey" hidden>
            {t('page.sign_in.use_passkey')}
          </button>
          <div id="by-code">
            <Field
              t={t}
              name="code"
              label={t('page.sign_in.code')}
              hint={t('page.sign_in.code_hint')}
              autocomplete="one-time-code"
              inputmode="numeric"
            />
          </div>
          <div id="by-recovery" hidden>
            <Field
              t={t}
              name="recovery_code"
              label={t('page.sign_in.recovery_code')}
              hint={t('page.sign_in.recovery_code_hint')}
              autocomplete="off"
            />
          </div>
          <div class="check" id="may-trust" hidden>
            <input type="checkbox" id="trust" data-optional />
            <label for="trust">
              <span id="trust-label" />
            </label>
          </div>
          <Problem />
          <p class="note" id="codes-locked" hidden>
            {t('page.sign_in.codes_locked')}
          </p>
          <button class="button full" type="submit">
            {t('word.continue')}
          </button>
          <button class="button quiet full" type="button" id="other-way" />
          <p class="small">
            <button class="link" type="button" id="lost-factor">
              {t('page.sign_in.lost_link')}
            </button>
          </p>
        </form>
        <form id="lost" class="stack" data-state="lost" hidden novalidate>
          <p>{t('page.sign_in.lost_code')}</p>
          <button class="button full" type="button" id="lost-recovery">
            {t('page.sign_in.use_recovery')}
          </button>
          <div class="stack" id="may-recover">
            <p id="lost-wait" />
            <Problem />
            <button class="button quiet full" type="submit">
              {t('page.sign_in.lost_begin')}
            </button>
          </div>
          <p id="lost-operator">{t('page.sign_in.lost_operator')}</p>
          <p class="small">
            <button class="link" type="button" id="lost-back">
              {t('word.back')}
            </button>
          </p>
        </form>
        <p data-state="waiting" id="waiting" hidden />
      </div>
      <p class="below" data-state="first">
        <If name="open">
          <a href={`/sign-up${marker('query')}`}>{t('page.sign_in.sign_up')}</a>
        </If>
      </p>
      <p class="below" data-state="second mailed lost waiting" hidden>
        <a href={`/sign-in${marker('query')}`}>{t('page.sign_in.other_account')}</a>
      </p>
    </>
  ),
}
