import { accountPage, Card } from '../../parts/account.tsx'

/** The export of one's data, and the deletion of the account. */
export const page = accountPage({
  title: 'page.data.title',
  path: '/account/data',
  script: 'data',
  content: (t) => (
    <div class="sections">
      <Card id="export" title={t('page.data.download')} text={t('page.data.download_text')}>
        <button class="button quiet" type="button" id="export">
          {t('page.data.download_button')}
        </button>
      </Card>
      <Card id="delete" title={t('page.data.delete')} text={t('page.data.delete_text')} kind="danger">
        <button class="button quiet bad" type="button" id="delete">
          {t('page.data.delete_button')}
        </button>
      </Card>
    </div>
  ),
})
