import type { Child, Key, Page, Text } from '../page.ts'
import { Inside } from './inside.tsx'

const links = [
  ['/account', 'page.account.title'],
  ['/account/security', 'page.security.title'],
  ['/account/sessions', 'page.sessions.title'],
  ['/account/activity', 'page.activity.title'],
  ['/account/data', 'page.data.title'],
] as const

type Wish = {
  title: Key
  intro?: Key
  path: (typeof links)[number][0]
  script: string
  action?: (t: Text) => Child
  content: (t: Text) => Child
}

/** Makes a page of the account. */
export const accountPage = ({ title, intro, path, script, action, content }: Wish): Page => ({
  title,
  layout: 'inside',
  part: 'account',
  script,
  content: ({ t }) => (
    <Inside t={t} title={title} intro={intro} part="layout.account" links={links} path={path} action={action?.(t)}>
      {content(t)}
    </Inside>
  ),
})

type CardProps = { id: string; title: string; text?: string; kind?: string; children?: Child; hidden?: boolean }

/** A part of a page, named by its heading. */
export const Card = ({ id, title, text, kind = '', children, hidden }: CardProps) => (
  <section class={`card ${kind}`.trim()} id={`${id}-card`} aria-labelledby={`${id}-title`} hidden={hidden}>
    <header>
      <h2 id={`${id}-title`} tabindex={-1}>
        {title}
      </h2>
      {text && <p>{text}</p>}
    </header>
    {children}
  </section>
)
