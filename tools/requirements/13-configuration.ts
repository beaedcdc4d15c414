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
      does: 'docs/protection.md#whom-the-service-talks-to',
      instead: document('docs/protection.md#whom-the-service-talks-to'),
    },
    {
      id: '13.2.1',
      level: 2,
      asks: 'Parts authenticate to each other.',
      does: 'Bindings: no credential is there that could leak',
      instead: zone('docs/settings.md#bindings'),
    },
    {
      id: '13.2.2',
      level: 2,
      asks: 'Parts have the least privileges.',
      does: 'Each binding is for one purpose, and there is no other',
      instead: zone('docs/settings.md#bindings'),
    },
    {
      id: '13.2.3',
      level: 2,
      asks: 'No default credentials between services.',
      does: 'Secrets are made at random: cli/secrets.ts; typed ones stop the service',
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
      asks: 'The server sends requests and loads files only where a list allows.',
      does: 'The same; files come from the binding `ASSETS`',
    },
    {
      id: '13.3.1',
      level: 2,
      asks: 'Secrets are in a vault, and neither in the code nor in what is built.',
      does: 'Workers secrets; `.dev.vars` is ignored by git: docs/operations.md#secrets',
    },
    {
      id: '13.3.2',
      level: 2,
      asks: 'Few may read secrets.',
      does: 'Nobody reads them back from Cloudflare; in the Worker src/settings.ts alone does',
      instead: zone('docs/operations.md#secrets'),
    },
    {
      id: '13.4.1',
      level: 1,
      asks: 'No metadata of source control is served.',
      does: 'Only `public/` is, which is built',
    },
    {
      id: '13.4.2',
      level: 2,
      asks: 'Nothing runs in a debug mode.',
      does: 'The service has no debug mode; replies and logs hold no stack',
    },
    { id: '13.4.3', level: 2, asks: 'No directory is listed.', does: 'What is no file is 404' },
    { id: '13.4.4', level: 2, asks: 'TRACE is not supported.', does: '405, where it reaches the Worker at all' },
    {
      id: '13.4.5',
      level: 2,
      asks: 'Documentation and monitoring are exposed on purpose.',
      does: '`DOCS`; health says one word',
    },
    {
      id: '13.4.6',
      level: 3,
      asks: 'Versions of components are not disclosed.',
      does: "Only Gatehouse's own, which is public",
    },
  ],
}
