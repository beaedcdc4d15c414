import { type Chapter, document, zone } from './requirement.ts'

export const configuration: Chapter = {
  chapter: 13,
  heading: 'V13 Configuration',
  levels: { 1: 1, 2: 12 },
  requirements: [
    {
      id: '13.1.1',
      level: 2,
      asks: 'The documentation says with whom the service communicates.',
      does: 'docs/security/protection.md#external-connections',
      instead: document('docs/security/protection.md#external-connections'),
    },
    {
      id: '13.2.1',
      level: 2,
      asks: 'Components authenticate to each other.',
      does: 'Bindings need no credential that could leak',
      instead: zone('docs/reference/settings.md#bindings'),
    },
    {
      id: '13.2.2',
      level: 2,
      asks: 'Components have the least privileges.',
      does: 'Each binding has one purpose, and there are no others',
      instead: zone('docs/reference/settings.md#bindings'),
    },
    {
      id: '13.2.3',
      level: 2,
      asks: 'There are no default credentials between services.',
      does: 'Secrets are random: cli/secrets.ts; one that looks typed stops the service',
    },
    {
      id: '13.2.4',
      level: 2,
      asks: 'A list says where the service may send requests.',
      does: 'Have I Been Pwned and Cloudinary, as constants in src/storage',
    },
    {
      id: '13.2.5',
      level: 2,
      asks: 'The server sends requests to, and loads files from, allowed places only.',
      does: 'The same; files come from the binding `ASSETS`',
    },
    {
      id: '13.3.1',
      level: 2,
      asks: 'Secrets are in a vault, and neither in the code nor in the build.',
      does: 'Workers secrets; `.dev.vars` is ignored by git: docs/operate/operations.md#secrets',
    },
    {
      id: '13.3.2',
      level: 2,
      asks: 'Few may read secrets.',
      does: 'Cloudflare gives none back; in the Worker only src/settings.ts reads them',
      instead: zone('docs/operate/operations.md#secrets'),
    },
    {
      id: '13.4.1',
      level: 1,
      asks: 'No metadata of source control is served.',
      does: 'Only `public/` is served, which the build generates',
    },
    {
      id: '13.4.2',
      level: 2,
      asks: 'Nothing runs in a debug mode.',
      does: 'The service has no debug mode; replies and logs contain no stack',
    },
    { id: '13.4.3', level: 2, asks: 'No directory is listed.', does: 'Anything that is not a file is 404' },
    { id: '13.4.4', level: 2, asks: 'TRACE is not supported.', does: 'If it reaches the Worker at all, it gets 405' },
    {
      id: '13.4.5',
      level: 2,
      asks: 'Documentation and monitoring are exposed on purpose.',
      does: '`DOCS` decides; health answers with one word',
    },
    {
      id: '13.4.6',
      level: 3,
      asks: 'Versions of components are not revealed.',
      does: "Only Gatehouse's own, which is public",
    },
  ],
}
