import type { Text } from '../page.ts'
import { Field } from './field.tsx'
import { If } from './if.tsx'
import { Problem } from './problem.tsx'

/** Dialogs that ui/scripts/dialogs.ts opens, on every page where something may need a confirmation. */
export const Dialogs = ({ t }: { t: Text }) => (
  <>
    <dialog id="password-dialog" aria-labelledby="password-dialog-title">
      <form class="stack" method="dialog" novalidate>
        <h2 id="password-dialog-title">{t('dialog.password')}</h2>
        <div id="dialog-first" class="stack">
          <p class="muted">{t('dialog.password_text')}</p>
          <Field
            t={t}
            name="password"
            id="dialog-password"
            label={t('dialog.your_password')}
            type="password"
            autocomplete="current-password"
          />
        </div>
        <p id="dialog-no-password" class="muted" hidden>
          {t('dialog.passkey_text')}
        </p>
        <div id="dialog-second" class="stack" hidden>
          <button class="button full" type="button" id="dialog-passkey" hidden>
            {t('page.sign_in.use_passkey')}
          </button>
          <div id="dialog-code">
            <Field
              t={t}
              name="otp"
              id="dialog-otp"
              label={t('page.sign_in.code')}
              hint={t('dialog.code_hint')}
              autocomplete="one-time-code"
            />
          </div>
        </div>
        <div id="dialog-mail" class="stack" hidden>
          <p class="muted" id="dialog-mail-text">
            {t('page.security.no_password')}
          </p>
          <div id="dialog-mailed" hidden>
            <Field
              t={t}
              name="mail_code"
              id="dialog-mail-code"
              label={t('page.sign_in.mail_code')}
              hint={t('page.sign_in.mail_code_hint')}
              autocomplete="one-time-code"
              inputmode="numeric"
            />
          </div>
          <If
            name="mail_log_in"
            otherwise={
              <button class="button quiet full" type="button" id="dialog-set-password">
                {t('page.sign_in.locked_link')}
              </button>
            }
          >
            <button class="button quiet full" type="button" id="dialog-send">
              {t('page.sign_in.by_mail')}
            </button>
          </If>
        </div>
        <Problem />
        <div class="dialog-actions">
          <button class="button quiet" type="button" id="password-cancel">
            {t('word.cancel')}
          </button>
          <button class="button" type="submit" id="password-continue">
            {t('word.continue')}
          </button>
        </div>
      </form>
    </dialog>
    <dialog id="confirm-dialog" aria-labelledby="confirm-dialog-title" aria-describedby="confirm-dialog-text">
      <form class="stack" method="dialog">
        <h2 id="confirm-dialog-title">{t('word.continue')}</h2>
        <p class="muted" id="confirm-dialog-text" />
        <div class="dialog-actions">
          <button class="button quiet" type="submit" value="cancel">
            {t('word.cancel')}
          </button>
          <button class="button" type="submit" value="confirm" id="confirm-dialog-action" />
        </div>
      </form>
    </dialog>
  </>
)
