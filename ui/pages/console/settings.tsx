import { consolePage } from '../../parts/console.tsx'

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
        <ul id="advice" aria-busy="true" />
      </section>
      <section class="card" aria-labelledby="values-title">
        <header>
          <h2 id="values-title">{t('console.settings.values')}</h2>
          <p id="version">…</p>
        </header>
        <dl class="facts" id="values" />
      </section>
      <section class="card" aria-labelledby="keys-title">
        <header>
          <h2 id="keys-title">{t('console.settings.keys')}</h2>
          <p>{t('console.settings.keys_text')}</p>
        </header>
        <dl class="facts" id="keys" />
      </section>
    </div>
  ),
})
