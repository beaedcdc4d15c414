import type { Key, Text } from '../page.ts'
import { Field } from './field.tsx'
import { Problem } from './problem.tsx'

/** The form for a mailed code, with a button that asks for another mail. */
export const MailedCode = ({ t, text, button }: { t: Text; text: Key; button: Key }) => (
  <form id="mailed" class="stack" data-state="mailed" hidden novalidate>
    <p>{t(text)}</p>
    <Field
      t={t}
      name="mail_code"
      label={t('page.sign_in.mail_code')}
      hint={t('page.sign_in.mail_code_hint')}
      autocomplete="one-time-code"
      inputmode="numeric"
    />
    <Problem />
    <button class="button full" type="submit">
      {t(button)}
    </button>
    <button class="button quiet full" type="button" id="mail-again">
      {t('page.sign_in.mail_again')}
    </button>
  </form>
)
