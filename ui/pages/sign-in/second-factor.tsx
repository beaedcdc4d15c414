import { marker, type Page } from '../../page.ts'
import { NewApp, RecoveryCodes } from '../../parts/factors.tsx'
import { Headings } from '../../parts/headings.tsx'
import { If } from '../../parts/if.tsx'
import { MailedCode } from '../../parts/mailed-code.tsx'
import { NeedsScripts } from '../../parts/needs-scripts.tsx'
import { Problem } from '../../parts/problem.tsx'

/**
 * The end of a log-in to an account that must have a second factor and has none: a mailed code, a factor, and its
 * recovery codes. It is a page of its own, so that the log-in of everybody else loads none of it.
 */
export const page: Page = {
  title: 'page.enrol.title',
  layout: 'narrow',
  script: 'log-in-enrolment',
  content: ({ t }) => (
    <>
      <Headings
        t={t}
        states={[
          ['mail mailed', 'page.enrol.title'],
          ['choose', 'page.enrol.choose'],
          ['app', 'page.security.add_app'],
          ['codes', 'page.security.codes'],
        ]}
      />
      <div class="card">
        <NeedsScripts t={t} says="page.sign_in.scripts" />
        <form id="mail" class="stack" data-state="mail" novalidate>
          <p>{t('page.enrol.mail')}</p>
          <Problem />
          <button class="button full" type="submit">
            {t('page.enrol.send')}
          </button>
        </form>
        <MailedCode t={t} text="page.enrol.mailed" button="word.continue" />
        <form id="choose" class="stack" data-state="choose" hidden novalidate>
          <If name="passkeys">
            <p id="passkey-text">{t('page.security.passkeys_text')}</p>
            <button class="button full" type="button" id="passkey">
              {t('page.security.add_passkey')}
            </button>
          </If>
          <If name="apps" otherwise={<p id="no-way">{t('page.enrol.no_passkeys')}</p>}>
            <p>{t('page.security.factors_text')}</p>
            <button class="button quiet full" type="button" id="app">
              {t('page.security.add_app')}
            </button>
          </If>
          <Problem />
        </form>
        <form id="enrol" class="stack" data-state="app" hidden novalidate>
          <NewApp t={t} />
          <Problem />
          <button class="button full" type="submit">
            {t('page.security.add_this_app')}
          </button>
          <button class="button quiet full" type="button" id="back">
            {t('word.back')}
          </button>
        </form>
        <div id="codes" class="stack" data-state="codes" hidden>
          <RecoveryCodes t={t} />
        </div>
      </div>
      <p class="below" data-state="mail mailed choose app">
        <a href={`/sign-in${marker('query')}`}>{t('page.sign_in.other_account')}</a>
      </p>
    </>
  ),
}
