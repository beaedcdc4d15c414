import type { Text } from '../page.ts'
import { Field } from './field.tsx'
import { If } from './if.tsx'
import { Problem } from './problem.tsx'

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
