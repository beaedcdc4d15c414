import type { Key, Text } from '../page.ts'

/** What a page says in a browser without scripts. */
export const NeedsScripts = ({ t, says = 'layout.scripts' }: { t: Text; says?: Key }) => (
  <noscript>
    <p class="note bad">{t(says)}</p>
  </noscript>
)
