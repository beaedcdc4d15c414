import { Choice, consolePage, DataTable, Typed } from '../../parts/console.tsx'

export const page = consolePage({
  title: 'console.users.title',
  path: '/console/users',
  script: 'users',
  action: (t) => (
    <div class="row">
      <button class="button quiet small" type="button" id="export">
        {t('console.users.export')}
      </button>
      <a class="button small" href="/console/invitations">
        {t('console.users.invite')}
      </a>
    </div>
  ),
  content: (t) => (
    <>
      <search>
        <form class="filters" id="filters" aria-label={t('console.users.title')}>
          <Typed t={t} name="search" label="console.users.search" hint="console.users.search_hint" />
          <Choice
            t={t}
            name="status"
            label="console.users.status"
            options={[
              ['', 'console.all'],
              ['active', 'console.state.active'],
              ['disabled', 'console.state.disabled'],
            ]}
          />
          <Choice
            t={t}
            name="role"
            label="console.users.role"
            options={[
              ['', 'console.all'],
              ['user', 'console.users.role_user'],
              ['admin', 'console.users.role_admin'],
            ]}
          />
          <Choice
            t={t}
            name="email_verified"
            label="console.users.verified"
            options={[
              ['', 'console.all'],
              ['true', 'console.yes'],
              ['false', 'console.no'],
            ]}
          />
        </form>
      </search>
      <p class="small muted" role="status" id="found">
        &nbsp;
      </p>
      <DataTable
        t={t}
        label="console.users.title"
        columns={['console.users.user', 'console.users.state', 'console.users.created', 'console.users.last']}
        nothing="console.users.nobody"
        more="console.users.more"
      />
    </>
  ),
})
