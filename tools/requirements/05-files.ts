import { type Chapter, document } from './requirement.ts'

export const files: Chapter = {
  chapter: 5,
  heading: 'V5 File handling',
  levels: { 1: 4, 2: 5 },
  about:
    'Users upload one kind of file: their picture. It is decoded and encoded anew, and the upload itself is not kept.',
  requirements: [
    {
      id: '5.1.1',
      level: 2,
      asks: 'The documentation says which files are accepted, how large they may be, and how they are made safe.',
      does: 'docs/reference/limits.md#sizes and the operation in docs/openapi.json',
      instead: document('docs/reference/limits.md#sizes'),
    },
    {
      id: '5.2.1',
      level: 1,
      asks: 'Files are no larger than the service can handle.',
      does: 'At most 5 MiB, counted while they are read: src/domain/avatars.ts',
    },
    {
      id: '5.2.2',
      level: 1,
      asks: 'The content of a file matches its type.',
      does: 'The bytes show the type, and only the decoded picture is kept: src/domain/avatars.ts',
    },
    { id: '5.2.4', level: 3, asks: 'A user cannot fill the store.', does: 'One picture each, ten uploads an hour' },
    {
      id: '5.2.6',
      level: 3,
      asks: 'Pictures with too many pixels are refused before they are decoded.',
      does: 'Width and height are read from the header: src/domain/avatars.ts',
    },
    {
      id: '5.3.1',
      level: 1,
      asks: 'An upload is never executed.',
      does: 'Served from R2 as `image/webp`, sandboxed: src/routes/avatars.ts',
    },
    { id: '5.3.2', level: 1, asks: 'Users do not name files.', does: 'The key is random: src/storage/avatars.ts' },
    {
      id: '5.4.1',
      level: 2,
      asks: 'A download has a name that the service chose.',
      does: '`avatar.webp`: src/routes/avatars.ts',
    },
    {
      id: '5.4.2',
      level: 2,
      asks: 'File names cannot break a header.',
      does: 'The name is a constant, and the uploaded one is ignored',
    },
    {
      id: '5.4.3',
      level: 2,
      asks: 'Files of strangers are scanned for malware.',
      does: 'Only the re-encoded pixels of an upload are kept, which takes the place of a scan',
      instead: document('docs/reference/limits.md#sizes'),
    },
  ],
  absent: [{ why: 'no archive or compressed file is unpacked', ids: ['5.2.3'] }],
}
