import { type Chapter, zone } from './requirement.ts'

export const communication: Chapter = {
  chapter: 12,
  heading: 'V12 Secure communication',
  levels: { 1: 3, 2: 6 },
  requirements: [
    {
      id: '12.1.1',
      level: 1,
      asks: 'TLS 1.2 or newer, the newest first.',
      does: "Cloudflare terminates TLS with the zone's minimum version; the doctor tests the deployed host",
    },
    { id: '12.1.2', level: 2, asks: 'Strong cipher suites.', does: "Those of Cloudflare's edge", instead: zone() },
    {
      id: '12.2.1',
      level: 1,
      asks: 'Clients are served only over TLS.',
      does: 'With an https `APP_URL` plain http is refused, and HSTS says so: src/app.ts',
    },
    {
      id: '12.2.2',
      level: 1,
      asks: 'Certificates are publicly trusted.',
      does: 'Cloudflare issues them, and the doctor checks whether they are trusted',
    },
    {
      id: '12.3.1',
      level: 2,
      asks: 'All connections are encrypted.',
      does: 'Bindings stay within Cloudflare; the URLs of Have I Been Pwned and Cloudinary are https constants; a deployed service accepts only https in `ALERT_WEBHOOK` and `MIGRATION_HOOK`',
    },
    {
      id: '12.3.2',
      level: 2,
      asks: 'Certificates of others are checked.',
      does: 'The `fetch` of Workers does this, and it cannot be switched off',
      instead: zone(),
    },
  ],
  absent: [
    { why: 'there are no client certificates', ids: ['12.1.3'] },
    { why: 'one Worker: no services of ours talk by HTTP', ids: ['12.3.3', '12.3.4'] },
  ],
}
