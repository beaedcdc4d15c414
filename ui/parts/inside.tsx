import type { Child, Key, Text } from '../page.ts'
import { Dialogs } from './dialogs.tsx'
import { NeedsScripts } from './needs-scripts.tsx'

type Props = {
  t: Text
  title: Key
  intro?: Key
  /** The name of the navigation, and its pages. */
  part: Key
  links: readonly (readonly [path: string, name: Key])[]
  /** The path of this page. */
  path: string
  /** A button beside the heading. */
  action?: Child
  children: Child
}

/** The content of a page for signed-in people: the navigation of its part, its heading, and the dialogs. */
export const Inside = ({ t, title, intro, part, links, path, action, children }: Props) => (
  <>
    <div class="with-side">
      <div class="side">
        <nav class="nav" aria-label={t(part)}>
          {links.map(([href, name]) => (
            <a href={href} aria-current={href === path ? 'page' : undefined}>
              {t(name)}
            </a>
          ))}
        </nav>
      </div>
      <div>
        <div class="page-head">
          <div>
            <h1 id="heading" tabindex={-1}>
              {t(title)}
            </h1>
            {intro && <p>{t(intro)}</p>}
          </div>
          {action}
        </div>
        <NeedsScripts t={t} />
        <p class="note bad spaced-below" role="alert" id="page-error" hidden />
        {children}
      </div>
    </div>
    <Dialogs t={t} />
  </>
)
