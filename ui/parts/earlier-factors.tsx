import type { Key, Text } from '../page.ts'
import { Field } from './field.tsx'
import { If } from './if.tsx'
import { Problem } from './problem.tsx'

/** The content of a form for the password that was valid before the change. */
export const EarlierPassword = ({ t, says, button }: { t: Text; says: Key; button: Key }) => (
  <>
    <p>{t(says)}</p>
    <Field t={t} name="password" label={t('page.way_back.password')} type="password" autocomplete="current-password" />
    <Problem />
    <button class="button full" type="submit">
      {t(button)}
    </button>
  </>
)

/** Forms for a code and for a passkey. A browser without passkeys does not show the second one. */
export const EarlierFactors = ({ t, action, button }: { t: Text; action: string; button: string }) => (
  <>
    <form class="stack" data-post={action} data-failed="expired" data-done="done" novalidate>
      <Field
        t={t}
        name="otp"
        label={t('page.sign_in.code')}
        hint={t('dialog.code_hint')}
        autocomplete="one-time-code"
      />
      <Problem />
      <button class="button quiet full" type="submit">
        {button}
      </button>
    </form>
    <If name="passkeys">
      <form class="stack" data-post={action} data-failed="expired" data-done="done" data-passkey hidden novalidate>
        <Problem />
        <button class="button quiet full" type="submit">
          {t('page.sign_in.use_passkey')}
        </button>
      </form>
    </If>
  </>
)
