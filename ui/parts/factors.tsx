import type { Text } from '../page.ts'
import { Field } from './field.tsx'

/** The key of a new authenticator app, which a script fills in, and the fields that confirm it. */
export const NewApp = ({ t }: { t: Text }) => (
  <>
    <p>{t('page.security.scan')}</p>
    <div id="qr" class="qr" />
    <p>
      <a id="open-app" href="#enrol">
        {t('page.security.open_app')}
      </a>
    </p>
    <dl class="facts">
      <dt>{t('page.security.key')}</dt>
      <dd>
        <code id="secret" dir="ltr" />
      </dd>
    </dl>
    <Field
      t={t}
      name="name"
      id="app-name"
      label={t('page.security.app_name')}
      hint={t('page.security.app_name_hint')}
      autocomplete="off"
      maxlength={100}
      optional
    />
    <Field
      t={t}
      name="code"
      label={t('page.sign_in.code')}
      hint={t('page.security.code_hint')}
      autocomplete="one-time-code"
      inputmode="numeric"
    />
  </>
)

/** The place for new recovery codes, and the buttons that keep them. */
export const RecoveryCodes = ({ t }: { t: Text }) => (
  <>
    <p>{t('page.security.codes_text')}</p>
    <ol id="code-list" class="codes" dir="ltr" />
    <div class="row">
      <button class="button" type="button" id="download-codes">
        {t('page.security.download')}
      </button>
      <button class="button quiet" type="button" id="print-codes">
        {t('page.security.print')}
      </button>
      <button class="button quiet" type="button" id="hide-codes">
        {t('page.security.saved')}
      </button>
    </div>
  </>
)
