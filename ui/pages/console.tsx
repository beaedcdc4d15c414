import type { Key, Text } from '../page.ts'
import { Choice, consolePage } from '../parts/console.tsx'

const tiles: [member: string, name: Key][] = [
  ['total_users', 'console.overview.users'],
  ['recent_registrations', 'console.overview.recent'],
  ['active_sessions', 'console.overview.sessions'],
  ['verified_users', 'console.overview.verified'],
  ['totp_users', 'console.overview.totp'],
  ['passkey_users', 'console.overview.passkeys'],
]

const plots: [member: string, name: Key][] = [
  ['active_users', 'console.overview.active_users'],
  ['registrations', 'console.overview.registrations'],
  ['logins', 'console.overview.logins'],
  ['failures', 'console.overview.failures'],
  ['active_users_by_week', 'console.overview.active_weeks'],
  ['active_users_by_month', 'console.overview.active_months'],
  ['mails_sent', 'console.overview.mails_sent'],
  ['mails_failed', 'console.overview.mails_failed'],
  ['factors_added', 'console.overview.factors'],
]

/** A plot that the script draws, what it says in words, and its numbers as a table. */
const Plot = ({ t, name, label }: { t: Text; name: string; label: string }) => (
  <section class="card plot" aria-labelledby={`${name}-title`} data-plot={name}>
    <header>
      <h2 id={`${name}-title`}>{label}</h2>
      <p data-sum>…</p>
    </header>
    <p class="chart-top" data-most aria-hidden="true" />
    <svg class="chart" viewBox="0 0 600 192" preserveAspectRatio="none" role="img" aria-labelledby={`${name}-title`} />
    <div class="chart-axis" aria-hidden="true">
      <span data-first />
      <span data-last />
    </div>
    <details>
      <summary>{t('console.overview.as_table', { label })}</summary>
      <section class="scroll" tabindex={0} aria-label={t('console.overview.as_table', { label })}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{t('console.overview.day')}</th>
              <th scope="col" class="number">
                {label}
              </th>
            </tr>
          </thead>
          <tbody data-rows />
        </table>
      </section>
    </details>
  </section>
)

export const page = consolePage({
  title: 'console.overview.title',
  intro: 'console.overview.intro',
  path: '/console',
  script: 'overview',
  action: (t) => (
    <Choice
      t={t}
      name="days"
      label="console.overview.range"
      options={[
        ['30', 'console.overview.thirty_days'],
        ['90', 'console.overview.ninety_days'],
        ['120', 'console.overview.most_days'],
      ]}
    />
  ),
  content: (t) => (
    <div class="sections">
      <section class="note waiting" aria-labelledby="attention-title" id="attention" hidden>
        <h2 id="attention-title">{t('console.overview.attention')}</h2>
        <ul id="attention-list" />
      </section>
      <dl class="tiles" id="tiles" aria-busy="true">
        {tiles.map(([name, label]) => (
          <div class="tile">
            <dt>{t(label)}</dt>
            <dd data-stat={name}>–</dd>
          </div>
        ))}
      </dl>
      <div class="plots">
        {plots.map(([name, label]) => (
          <Plot t={t} name={name} label={t(label)} />
        ))}
      </div>
    </div>
  ),
})
