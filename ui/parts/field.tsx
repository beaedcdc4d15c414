import type { Text } from '../page.ts'

type Props = {
  t: Text
  name: string
  label: string
  /** The id, if the page has another field of this name. */
  id?: string
  type?: 'email' | 'password' | 'text' | 'tel'
  autocomplete: string
  hint?: string
  inputmode?: 'numeric' | 'tel' | 'email'
  /** The least number of characters, or a marker for it. */
  min?: string
  maxlength?: number
  /** It may stay empty. */
  optional?: boolean
  /** It is for the browser alone, and is not sent. */
  unsent?: boolean
}

/**
 * A label, a field, its hint and the place for its fault, connected for screen readers. Addresses, codes and numbers are
 * written from left to right in every language.
 */
export const Field = ({ t, name, label, id = name, type = 'text', autocomplete, hint, ...rest }: Props) => {
  const { inputmode, min, maxlength, optional = false, unsent = false } = rest
  return (
    <div class="field">
      <label for={id}>{optional && !unsent ? t('word.optional', { label }) : label}</label>
      <div class="with-button">
        <input
          id={id}
          name={name}
          type={type}
          dir={type === 'email' || type === 'tel' || inputmode ? 'ltr' : undefined}
          autocomplete={autocomplete}
          autocapitalize={autocomplete === 'name' ? undefined : 'none'}
          spellcheck={false}
          inputmode={inputmode}
          maxlength={maxlength}
          aria-describedby={`${id}-problem${hint ? ` ${id}-hint` : ''}`}
          data-min={min}
          data-optional={unsent ? '' : undefined}
          required={!optional && !unsent}
          class="input"
        />
        {type === 'password' && (
          <button type="button" data-show={id} aria-controls={id} aria-pressed="false" hidden>
            {t('word.show')}
          </button>
        )}
      </div>
      <p class="error" id={`${id}-problem`} data-problem-of={name} hidden />
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}
