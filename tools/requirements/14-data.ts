import { type Chapter, document } from './requirement.ts'

export const data: Chapter = {
  chapter: 14,
  heading: 'V14 Data protection',
  levels: { 1: 2, 2: 7 },
  requirements: [
    {
      id: '14.1.1',
      level: 2,
      asks: 'Sensitive data is classified.',
      does: 'docs/security/protection.md#data',
      instead: document('docs/security/protection.md#data'),
    },
    {
      id: '14.1.2',
      level: 2,
      asks: 'Each class has rules for its protection.',
      does: 'docs/security/protection.md#data',
      instead: document('docs/security/protection.md#data'),
    },
    {
      id: '14.2.1',
      level: 1,
      asks: 'No URL contains a secret.',
      does: 'Tokens are in a header, body or cookie, and those of links in the fragment',
    },
    {
      id: '14.2.2',
      level: 2,
      asks: 'Shared caches keep nothing sensitive.',
      does: '`no-store` and `Vary`: src/routes/headers.ts',
    },
    {
      id: '14.2.3',
      level: 2,
      asks: 'Nothing goes to third parties.',
      does: 'Pages load nothing of other origins, and their policy forbids it',
    },
    { id: '14.2.4', level: 2, asks: 'The rules of each class are kept.', does: 'docs/security/protection.md#data' },
    {
      id: '14.2.5',
      level: 3,
      asks: 'Caches cannot be tricked into storing personal data.',
      does: 'A path with anything appended is 404: src/aliases.ts',
    },
    {
      id: '14.2.6',
      level: 3,
      asks: 'Replies contain only the data that is needed.',
      does: 'Each reply names its members one by one: src/routes/replies.ts',
    },
    { id: '14.2.7', level: 3, asks: 'Old data is removed.', does: 'docs/reference/storage.md, by the cron' },
    { id: '14.2.8', level: 3, asks: 'Metadata of files is removed.', does: 'Pictures are re-encoded' },
    {
      id: '14.3.1',
      level: 1,
      asks: "The client's data is cleared when the session ends.",
      does: 'Both cookies expire, also while the database is down; no page keeps anything but the choice of language and colours',
    },
    {
      id: '14.3.2',
      level: 2,
      asks: 'Browsers keep no copy.',
      does: '`Cache-Control: no-store`: src/routes/headers.ts',
    },
    {
      id: '14.3.3',
      level: 2,
      asks: 'Browser storage holds nothing sensitive but session tokens.',
      does: 'Tokens are only in cookies; browser storage holds no secret',
    },
  ],
}
