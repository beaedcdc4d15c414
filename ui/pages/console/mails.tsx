import { Choice, consolePage, DataTable } from '../../parts/console.tsx'

export const page = consolePage({
  title: 'console.mails.title',
  intro: 'console.mails.intro',
  path: '/console/mails',
  script: 'mails',
  content: (t) => (
    <>
      <form class="filters" id="filters" aria-label={t('console.mails.title')}>
        <Choice
          t={t}
          name="state"
          label="console.users.state"
          options={[
            ['failed', 'console.mails.failed'],
            ['waiting', 'console.mails.waiting'],
          ]}
        />
      </form>
      <p class="small muted" role="status" id="found">
        &nbsp;
      </p>
      <DataTable
        t={t}
        label="console.mails.title"
        columns={['console.mails.mail', 'console.mails.to', 'console.users.state', 'console.invitations.actions']}
        nothing="console.mails.none"
        more="console.audit.more"
      />
    </>
  ),
})
