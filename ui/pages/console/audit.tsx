import en from '../../../i18n/en.json'
import type { Key } from '../../page.ts'
import { Choice, consolePage, DataTable, Typed } from '../../parts/console.tsx'

const events = (Object.keys(en) as Key[])
  .filter((key) => key.startsWith('event.'))
  .map((key): [string, Key] => [key.slice('event.'.length), key])

export const page = consolePage({
  title: 'console.audit.title',
  intro: 'console.audit.intro',
  path: '/console/audit',
  script: 'audit',
  action: (t) => (
    <div class="row">
      <button class="button quiet small" type="button" id="csv">
        {t('console.audit.csv')}
      </button>
      <button class="button quiet small" type="button" id="ndjson">
        {t('console.audit.ndjson')}
      </button>
    </div>
  ),
  content: (t) => (
    <>
      <form class="filters audit-filters" id="filters" aria-label={t('console.audit.title')}>
        <Choice t={t} name="event" label="console.audit.event" options={[['', 'console.all'], ...events]} />
        <Typed t={t} name="person" label="console.audit.person" hint="console.audit.person_hint" />
        <Typed t={t} name="from" label="console.audit.from" type="date" />
        <Typed t={t} name="to" label="console.audit.to" type="date" />
      </form>
      <label class="check spaced-below">
        <input type="checkbox" id="reads" /> {t('console.audit.reads')}
      </label>
      <p class="small muted" role="status" id="found">
        &nbsp;
      </p>
      <DataTable
        t={t}
        label="console.audit.title"
        columns={['console.audit.when', 'console.audit.what', 'console.audit.whom', 'console.audit.where']}
        nothing="console.audit.none"
        more="console.audit.more"
      />
    </>
  ),
})
