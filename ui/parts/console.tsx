import type { Child, Key, Page, PageProps, Text } from '../page.ts'
import { Inside } from './inside.tsx'

const views: [path: string, name: Key][] = [
  ['/console', 'console.overview.title'],
  ['/console/users', 'console.users.title'],
  ['/console/invitations', 'console.invitations.title'],
  ['/console/audit', 'console.audit.title'],
  ['/console/mails', 'console.mails.title'],
  ['/console/settings', 'console.settings.title'],
]

type View = {
  title: Key
  intro?: Key
  /** The view in the navigation that this page belongs to. */
  path: string
  script: string
  /** Beside the heading. */
  action?: (t: Text) => Child
  content: (t: Text, props: PageProps) => Child
}

/** Makes a page of the console. It holds no data: its script asks the operations of admins for it. */
export const consolePage = ({ title, intro, path, script, action, content }: View): Page => ({
  title,
  layout: 'inside',
  part: 'console',
  script: `console/${script}`,
  content: (props) => (
    <Inside
      t={props.t}
      title={title}
      intro={intro}
      part="layout.console"
      links={views}
      path={path}
      action={action?.(props.t)}
    >
      {content(props.t, props)}
    </Inside>
  ),
})

type Table = {
  t: Text
  label: Key
  /** The headings of the columns. A script names them again in each cell, for phones. */
  columns: Key[]
  nothing: Key
  /** The button that loads further rows, instead of pages. */
  more?: Key
}

/** A table that a script fills, with the place for "nothing found". On a phone each row is a card. */
export const DataTable = ({ t, label, columns, nothing, more }: Table) => (
  <>
    <div class="card flush">
      <table class="table cards" aria-label={t(label)}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col">{t(column)}</th>
            ))}
          </tr>
        </thead>
        <tbody id="rows" aria-busy="true">
          {[1, 2, 3, 4, 5].map(() => (
            <tr class="waiting">
              {columns.map(() => (
                <td />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="empty" id="nothing" hidden>
        {t(nothing)}
      </p>
    </div>
    {more && (
      <div class="pager">
        <span />
        <button class="button quiet small" type="button" id="more" hidden>
          {t(more)}
        </button>
      </div>
    )}
  </>
)

type Choice = { t: Text; name: string; label: Key; options: [value: string, text: Key][] }

/** A filter with fixed values. */
export const Choice = ({ t, name, label, options }: Choice) => (
  <div class="field">
    <label for={name}>{t(label)}</label>
    <select class="input" id={name} name={name}>
      {options.map(([value, text]) => (
        <option value={value}>{t(text)}</option>
      ))}
    </select>
  </div>
)

type Typed = { t: Text; name: string; label: Key; hint?: Key; type?: 'search' | 'date' }

/** A filter with a text or a day. */
export const Typed = ({ t, name, label, hint, type = 'search' }: Typed) => (
  <div class="field">
    <label for={name}>{t(label)}</label>
    <input
      class="input"
      id={name}
      name={name}
      type={type}
      maxlength={type === 'search' ? 254 : undefined}
      placeholder={hint && t(hint)}
      autocomplete="off"
      spellcheck={false}
    />
  </div>
)
