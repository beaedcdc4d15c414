import { html } from 'hono/html'
import type { Settings } from '../../settings.ts'
import { onward } from './link-page.ts'

/** The page where `wrangler dev` shows captured mails. It is reachable only there. */
const localMailbox = '/cdn-cgi/local/explorer/email/sending'

const links = ({ docs }: Settings) => [
  ...(docs
    ? [
        { href: '/docs', name: 'Try the API', text: 'Every operation with examples to send, in Swagger UI.' },
        { href: '/redoc', name: 'Read the API', text: 'The same as a reference, in ReDoc.' },
        { href: '/openapi.json', name: 'OpenAPI', text: 'The document behind both, for code generators.' },
      ]
    : []),
  { href: '/errors', name: 'Errors', text: 'What every code means, and what to do about it.' },
  { href: '/.well-known/jwks.json', name: 'Public keys', text: 'With these, other services verify access tokens.' },
  { href: '/health/ready', name: 'Health', text: 'Whether the service and its database answer.' },
]

export const indexContent = (settings: Settings) => html`
  <h1>Accounts for your sites and services</h1>
  <p class="lead">Registration, verified e-mail, log-in, sessions and password recovery behind one API.</p>
  <ul class="tiles">
    ${links(settings).map(({ href, name, text }) => html`<li><a href="${href}">${name}</a><p>${text}</p></li>`)}
  </ul>
  <h2>Begin</h2>
  <pre tabindex="0"><code>curl ${settings.appUrl}/api/auth/register \\
  -H 'Content-Type: application/json' \\
  -d '{"email":"ada@example.com","password":"correct horse battery staple"}'</code></pre>
  ${
    // Mails tell people to ask for a new password at the front end or, without one, here.
    !onward(settings) &&
    html`<p class="soft">Forgotten your password? <a href="/auth/reset-password">Ask for a link</a> to choose a new one.</p>`
  }
  ${
    settings.local &&
    html`<p class="soft">No mail leaves this computer: every mail is in the <a href="${localMailbox}">local mailbox</a>.</p>`
  }`
