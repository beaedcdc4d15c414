import { type Key, marker, type Text } from '../page.ts'
import { Field } from './field.tsx'

type Props = { t: Text; name?: string; label?: Key }

/** The field for a password that somebody chooses, with its least length. */
export const NewPassword = ({ t, name = 'new_password', label = 'word.new_password' }: Props) => (
  <Field
    t={t}
    name={name}
    label={t(label)}
    type="password"
    autocomplete="new-password"
    min={marker('min')}
    hint={t('word.new_password_hint', { min: marker('min') })}
  />
)
