import type { Key, Text } from '../../page.ts'
import { consolePage } from '../../parts/console.tsx'

/** Values that few people look up. */
const Further = ({ t, name, title }: { t: Text; name: string; title: Key }) => (
  <details>
    <summary>{t(title)}</summary>
    <dl class="facts wide-names" id={name} />
  </details>
)

const Facts = ({ t, name, title, text }: { t: Text; name: string; title: Key; text: Key }) => (
  <section class="card" aria-labelledby={`${name}-title`}>
    <header>
      <h2 id={`${name}-title`}>{t(title)}</h2>
      <p>{t(text)}</p>
    </header>
    <dl class="facts" id={name} />
  </section>
)

export const page = consolePage({
  title: 'console.settings.title',
  intro: 'console.settings.intro',
  path: '/console/settings',
  script: 'settings',
  content: (t) => (
    <div class="sections">
      <section class="card" aria-labelledby="advice-title">
        <header>
          <h2 id="advice-title">{t('console.settings.advice')}</h2>
          <p>{t('console.settings.advice_text')}</p>
        </header>
        <ul id="advice" aria-busy="true">
          <li>…</li>
        </ul>
      </section>
      <Facts t={t} name="bindings" title="console.settings.bindings" text="console.settings.bindings_text" />
      <section class="card" aria-labelledby="values-title">
        <header>
          <h2 id="values-title">{t('console.settings.values')}</h2>
          <p id="version">…</p>
        </header>
        <dl class="facts wide-names" id="values" />
        <Further t={t} name="links" title="console.settings.links" />
        <Further t={t} name="limits" title="console.settings.limits" />
      </section>
      <Facts t={t} name="secrets" title="console.settings.secrets" text="console.settings.secrets_text" />
    </div>
  ),
})
