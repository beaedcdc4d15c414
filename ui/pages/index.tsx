import type { Key, Text } from '../page.ts'
import { marker, type Page } from '../page.ts'
import { If } from '../parts/if.tsx'

/** The page where `wrangler dev` shows captured mails. It is reachable only there. */
const localMailbox = '/cdn-cgi/local/explorer/email/sending'

type Tile = { t: Text; href: string; name: Key; text: Key }

const Tile = ({ t, href, name, text }: Tile) => (
  <li>
    <a href={href}>{t(name)}</a>
    <p>{t(text)}</p>
  </li>
)

const example = `curl ${marker('url')}/api/auth/register \\
  -H 'Content-Type: application/json' \\
  -d '{"email":"ada@example.com","password":"correct horse battery staple"}'`

/** The first page: where people log in, and what developers read. */
export const page: Page = {
  title: 'page.index.title',
  layout: 'wide',
  content: ({ t }) => (
    <>
      <h1>{t('page.index.title')}</h1>
      <p class="lead">{t('page.index.lead')}</p>
      <ul class="tiles">
        <If name="pages">
          <Tile t={t} href="/sign-in" name="page.index.sign_in" text="page.index.sign_in_text" />
        </If>
        <If name="account">
          <Tile t={t} href="/account" name="page.index.account" text="page.index.account_text" />
        </If>
        <If name="docs">
          <Tile t={t} href="/docs" name="page.index.docs" text="page.index.docs_text" />
          <Tile t={t} href="/redoc" name="page.index.redoc" text="page.index.redoc_text" />
          <Tile t={t} href="/openapi.json" name="page.index.openapi" text="page.index.openapi_text" />
        </If>
        <Tile t={t} href="/errors" name="page.index.errors" text="page.index.errors_text" />
        <Tile t={t} href="/.well-known/jwks.json" name="page.index.keys" text="page.index.keys_text" />
        <Tile t={t} href="/health/ready" name="page.index.health" text="page.index.health_text" />
      </ul>
      <h2>{t('page.index.begin')}</h2>
      <pre tabindex={0} dir="ltr">
        <code>{example}</code>
      </pre>
      <If
        name="site"
        otherwise={
          // Mails tell people to ask for a new password at the front end or, without one, here.
          <p class="muted">
            {t('page.index.forgot')} <a href="/auth/reset-password">{t('page.index.forgot_link')}</a>
          </p>
        }
      />
      <If name="local">
        <p class="muted">
          {t('page.index.mailbox')} <a href={localMailbox}>{t('page.index.mailbox_link')}</a>
        </p>
      </If>
    </>
  ),
}
