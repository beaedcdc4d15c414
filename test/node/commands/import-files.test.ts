import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openEntries, type Reading } from '../../../cli/import/reading/entries.ts'
import type { Entry } from '../../../cli/import/reading/entry.ts'
import { withInput } from '../../../cli/import/reading/standard-input.ts'
import { Stop } from '../../../cli/lib/database.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

let files = 0
const read = async (contents: string | Buffer, options: Partial<Reading> = {}): Promise<Entry[]> => {
  const path = join(folder, `${++files}`)
  writeFileSync(path, contents)
  const open = await openEntries(path, { mapping: {}, ...options })
  const entries: Entry[] = []
  for await (const entry of open()) entries.push(entry)
  const again: Entry[] = []
  for await (const entry of open()) again.push(entry)
  assert.deepEqual(again, entries, 'the second reading differs')
  return entries
}
/** Returns the columns of each entry that these tests look at. */
const people = async (contents: string | Buffer, options?: Partial<Reading>, ...columns: string[]) =>
  (await read(contents, options)).map((entry) =>
    'error' in entry
      ? [entry.line, entry.error]
      : (columns.length > 0 ? columns : ['email', 'name']).map((column) => entry.fields[column]),
  )

const why = async (contents: string | Buffer, options?: Partial<Reading>) => {
  try {
    await read(contents, options)
  } catch (error) {
    if (error instanceof Stop) return error.message.replace(folder, '')
    throw error
  }
  return 'it was read'
}

const two = [
  ['a@example.com', 'Müller'],
  ['b@example.com', '李明 🔑'],
]
const csv = `email,name\n${two.map((row) => row.join(',')).join('\n')}\n`
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16()

describe('a file as it is', () => {
  for (const [what, contents] of [
    ['compressed by gzip', gzipSync(csv)],
    ['compressed, of more than one part', Buffer.concat([gzipSync(csv.slice(0, 20)), gzipSync(csv.slice(20))])],
    ['in UTF-16, little end first', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(csv, 'utf16le')])],
    ['in UTF-16, big end first', Buffer.concat([Buffer.from([0xfe, 0xff]), utf16be(csv)])],
    ['in UTF-16 that does not say so', Buffer.from(csv.repeat(1), 'utf16le')],
    ['with "sep=;" before the header', `sep=;\r\n${csv.replaceAll(',', ';').replaceAll('\n', '\r\n')}`],
    ['with a bar between columns', csv.replaceAll(',', '|')],
    ['with a comma at the end of each line', csv.replaceAll('\n', ',\n')],
    ['with lines that end as on an old Macintosh', csv.replaceAll('\n', '\r')],
    [
      'of JSON in UTF-16',
      Buffer.concat([
        Buffer.from([0xff, 0xfe]),
        Buffer.from(JSON.stringify(two.map(([email, name]) => ({ email, name }))), 'utf16le'),
      ]),
    ],
    [
      "of D1's own JSON",
      JSON.stringify([
        { results: two.map(([email, name]) => ({ email, name })), success: true, meta: { duration: 1 } },
      ]),
    ],
    [
      'of phpMyAdmin',
      JSON.stringify([
        { type: 'header', version: '5.2.1' },
        { type: 'database', name: 'app' },
        { type: 'table', name: 'sessions', data: [{ id: 1, payload: 'x' }] },
        { type: 'table', name: 'users', database: 'app', data: two.map(([email, name]) => ({ email, name })) },
      ]),
    ],
    [
      'with users within something else',
      JSON.stringify(
        { meta: { total: 2 }, response: { data: two.map(([email, name]) => ({ email, name, tags: [{ id: 1 }] })) } },
        null,
        2,
      ),
    ],
  ] as const)
    it(`${what} is read`, async () => {
      assert.deepEqual(await people(contents), two)
    })

  it('in Windows-1252 is read if that encoding is given, and stops the import if not', async () => {
    const bytes = Buffer.concat([
      Buffer.from('email,name\na@example.com,M'),
      Buffer.from([0xfc]),
      Buffer.from('ller '),
      Buffer.from([0x80, 0x0a]),
    ])

    assert.deepEqual(await people(bytes, { encoding: 'windows-1252' }), [['a@example.com', 'Müller €']])
    assert.match(
      await why(bytes),
      /is not in UTF-8: some bytes between lines 1 and 3 are invalid\. .*--encoding windows-1252\.$/,
    )
  })

  it('on the standard input is read', async () => {
    const found = await withInput(
      async (path) => {
        const open = await openEntries(path, { mapping: {} })
        const all: Entry[] = []
        for await (const entry of open()) all.push(entry)
        return all.length
      },
      Readable.from([csv.slice(0, 9), csv.slice(9)]),
    )

    assert.equal(found, 2)
  })

  for (const [what, contents, words] of [
    [
      'an Excel workbook',
      Buffer.from('PK\x03\x04\x14\0\x06\0', 'latin1'),
      /is a zip archive or an Excel workbook\. .*CSV UTF-8/,
    ],
    ['a SQLite database', Buffer.from('SQLite format 3\0\x10\0', 'latin1'), /is an SQLite database\. .*: sqlite3 /],
    ['a dump of pg_dump -Fc', Buffer.from('PGDMP\x01\x0e', 'latin1'), /pg_restore/],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), /is a picture\. Export the users as CSV/],
    ['a log-in page', '<!DOCTYPE html>\n<html><body>Sign in</body></html>', /is an HTML page/],
    ['XML', '<?xml version="1.0"?><users/>', /is XML/],
    ['random bytes', Buffer.from([1, 2, 0, 3, 200, 7, 0, 0, 9]), /is not a text file\. Export /],
    [
      'gzip that was cut off',
      gzipSync(csv.repeat(50)).subarray(0, 60),
      /is compressed with gzip, but it is truncated or damaged\. /,
    ],
    ['empty', '  \n', /is empty\.$/],
    ['a folder', '', /is empty/],
    ['half of a JSON file', '[{"email":"a@example.com"', /is neither NDJSON nor complete JSON with a list of users\.$/],
    ['CSV without a header', `a@example.com,x\n`, /has no header, because its first line has an e-mail address\. Add /],
    ['SQL without rows', 'CREATE TABLE users (id int, email text);\n', /is SQL without rows/],
    [
      'JSON of several lists',
      JSON.stringify({ users: [{ email: 'a@b.example' }], guests: [{ email: 'c@d.example' }] }),
      /has users in more than one place: users, guests\. Choose one with --table\.$/,
    ],
  ] as const)
    it(`that is ${what} is reported in a sentence`, async () => {
      assert.match(await why(contents), words)
    })

  it('that is a folder is reported in a sentence', async () => {
    await assert.rejects(openEntries(folder, { mapping: {} }), /is a folder\./)
  })

  it('of several lists is read if --table says which', async () => {
    const lists = JSON.stringify({ users: [{ email: 'a@b.example' }], guests: [{ email: 'c@d.example' }] })

    assert.deepEqual(await people(lists, { table: 'guests' }, 'email'), [['c@d.example']])
    assert.match(await why(lists, { table: 'people' }), /has no table or list people\. It has: users, guests\.$/)
    assert.match(await why(csv, { table: 'users' }), /is CSV, which has no tables\. Leave --table out\.$/)
    assert.match(await why('{"email":"a@b.example"}\n', { table: 'users' }), /is NDJSON, which has no tables\. /)
  })
})

describe('columns of CSV', () => {
  it('of the same name are told apart, and the first one counts', async () => {
    assert.deepEqual(await read('id,email,id,Email,email\n1,a@example.com,2,b,c\n'), [
      { line: 2, fields: { id: '1', email: 'a@example.com', 'id (2)': '2', Email: 'b', 'email (2)': 'c' } },
    ])
  })
})

describe('quotes in CSV', () => {
  it('within a field are ordinary characters', async () => {
    const text =
      'email,name\na@example.com,Ann "the" Bee\nb@example.com,"Ann \\"the\\" Bee"\nc@example.com,"Ann ""the"" Bee"\nd@example.com,"5" disk"\ne@example.com, "spaced" ,\n'

    assert.deepEqual(await people(text), [
      ['a@example.com', 'Ann "the" Bee'],
      ['b@example.com', 'Ann "the" Bee'],
      ['c@example.com', 'Ann "the" Bee'],
      ['d@example.com', '5" disk'],
      ['e@example.com', 'spaced'],
    ])
  })

  it('that are not closed affect only their own line', async () => {
    const text = 'email,name\na@example.com,"open\nb@example.com,B\nc@example.com,C\n'

    assert.deepEqual(await people(text), [
      [2, 'has a quote that is never closed'],
      ['b@example.com', 'B'],
      ['c@example.com', 'C'],
    ])
    const many = `email,name\na@example.com,"open\n${'b@example.com,B\n'.repeat(3000)}`
    const read = await people(many)
    assert.deepEqual(
      [read.length, read[0], read[3000]],
      [3001, [2, 'has a quote that is never closed'], ['b@example.com', 'B']],
    )
  })

  it('do not change the numbers of lines', async () => {
    const entries = await read('email,name\na@example.com,"A\n\nB"\nlonely\nb@example.com,"x"y"\n')

    assert.deepEqual(entries, [
      { line: 2, fields: { email: 'a@example.com', name: 'A\n\nB' } },
      { line: 5, error: 'does not have as many columns as the header' },
      { line: 6, fields: { email: 'b@example.com', name: 'x"y' } },
    ])
  })
})

describe('the CSV of Firebase', () => {
  it('has no header, and its columns are those of the documentation', async () => {
    const row = (uid: string, email: string) =>
      [
        uid,
        email,
        'true',
        'aGFzaA==',
        'c2FsdA==',
        'Ada',
        ...Array(17).fill(''),
        '1683800430000',
        '1715422830000',
        '+15550100',
        'false',
      ].join(',')

    const [first, second] = await read(`${row('u1', 'a@example.com')}\n${row('u2', 'b@example.com')}\n`)

    assert.ok(first && 'fields' in first && second && 'fields' in second)
    const { localId, email, passwordHash, salt, createdAt, lastSignedInAt, phoneNumber, disabled } = first.fields
    assert.deepEqual(
      [localId, email, passwordHash, salt, createdAt, lastSignedInAt, phoneNumber, disabled],
      ['u1', 'a@example.com', 'aGFzaA==', 'c2FsdA==', '1683800430000', '1715422830000', '+15550100', 'false'],
    )
    assert.deepEqual([first.line, second.line, second.fields.localId], [1, 2, 'u2'])
  })
})

describe('a dump', () => {
  const hash = '$2b$04$qiHzWgNFsybvvETbrMNhGOcwOQF2X3xWqdJOLKzkx9/2SeK1BWEu2'
  const columns = ['id', 'email', 'encrypted_password', 'name', 'admin', 'deleted_at'] as const
  const expected = [
    ['a@example.com', hash, "O'Hara; \\ said", null],
    ['b@example.com', hash, 'two\nlines\t(tab)', '2024-01-01 00:00:00+00'],
  ]
  const asked = ['email', 'encrypted_password', 'name', 'deleted_at']

  const postgres = `--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\nCREATE FUNCTION public.f() RETURNS trigger AS $$\nBEGIN\n  INSERT INTO log VALUES (NEW.id);\nEND $$;\n\nCREATE TABLE public.sessions (\n    id integer\n);\n\nCREATE TABLE public.users (\n    id integer NOT NULL,\n    email character varying(255) DEFAULT ''::character varying,\n    encrypted_password text,\n    name text,\n    admin boolean,\n    deleted_at timestamp with time zone,\n    CONSTRAINT c CHECK ((id > 0))\n);\n`
  const copied = `${postgres}COPY public.sessions (id) FROM stdin;\n1\n\\.\n\nCOPY public.users (${columns.join(', ')}) FROM stdin;\n1\ta@example.com\t${hash}\tO'Hara; \\\\ said\tf\t\\N\n2\tb@example.com\t${hash}\ttwo\\nlines\\t(tab)\tt\t2024-01-01 00:00:00+00\n\\.\n\nSELECT pg_catalog.setval('x', 1);\n`
  const inserted = `${postgres}INSERT INTO public.sessions VALUES (1);\nINSERT INTO public.users VALUES (1, 'a@example.com', '${hash}', 'O''Hara; \\ said', false, NULL);\nINSERT INTO public.users VALUES (2, 'b@example.com', '${hash}', 'two\nlines\t(tab)', true, '2024-01-01 00:00:00+00'::timestamp with time zone);\n`
  const named = `INSERT INTO "auth"."sessions" ("id") VALUES\n\t('1');\n\nINSERT INTO "public"."users" ("${columns.join('", "')}") VALUES\n\t(1, 'a@example.com', '${hash}', E'O''Hara; \\\\ said', false, NULL),\n\t(2, 'b@example.com', '${hash}', E'two\\nlines\\t(tab)', true, '2024-01-01 00:00:00+00');\n`
  const mysql = `-- MySQL dump 10.13  Distrib 8.0.36\n\n/*!40101 SET NAMES utf8 */;\nCREATE TABLE \`users\` (\n  \`id\` int NOT NULL AUTO_INCREMENT,\n  \`email\` varchar(255) COLLATE utf8mb4_unicode_ci NOT NULL,\n  \`encrypted_password\` text,\n  \`name\` enum('a','b, (c'),\n  \`admin\` tinyint(1) DEFAULT '0',\n  \`deleted_at\` datetime,\n  PRIMARY KEY (\`id\`),\n  UNIQUE KEY \`users_email_unique\` (\`email\`)\n) ENGINE=InnoDB;\nINSERT INTO \`users\` VALUES (1,'a@example.com','${hash}','O\\'Hara; \\\\ said',0,NULL),(2,'b@example.com','${hash}','two\\nlines\\t(tab)',1,'2024-01-01 00:00:00+00');\n`
  const sqlite = `PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, encrypted_password TEXT, name TEXT, admin INT, deleted_at TEXT);\nINSERT INTO users VALUES(1,'a@example.com','${hash}','O''Hara; \\ said',0,NULL);\nINSERT INTO users VALUES(2,'b@example.com','${hash}','two\nlines\t(tab)',1,'2024-01-01 00:00:00+00');\nCOMMIT;\n`
  const server = `USE [App]\r\nGO\r\nINSERT [dbo].[users] ([${columns.join('], [')}]) VALUES (1, N'a@example.com', N'${hash}', N'O''Hara; \\ said', 0, NULL)\r\nGO\r\nINSERT [dbo].[users] ([${columns.join('], [')}]) VALUES (2, N'b@example.com', N'${hash}', N'two\nlines\t(tab)', 1, CAST(N'2024-01-01 00:00:00+00' AS DateTimeOffset))\r\nGO\r\n`

  for (const [of, text] of [
    ['pg_dump', copied],
    ['pg_dump --inserts', inserted],
    ['supabase db dump', named],
    ['mysqldump', mysql],
    ['sqlite3 .dump, and wrangler d1 export', sqlite],
    ['SQL Server Management Studio', server],
    ['SQL Server in UTF-16', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(server, 'utf16le')])],
    ['pg_dump, compressed', gzipSync(copied)],
  ] as const)
    it(`of ${of} is read: the table that has users`, async () => {
      assert.deepEqual(await people(text, {}, ...asked), expected)
    })

  it('reports the line of each, and of what it cannot read', async () => {
    const text = `INSERT INTO users (email, encrypted_password) VALUES\n  ('a@example.com', 'x'),\n  ('b@example.com'),\n  ('c@example.com', lower('X')),\n  ('d@example.com', 'x';\nINSERT INTO users (email, encrypted_password) VALUES ('e@example.com', 'x');\n`

    const entries = await read(text)

    assert.deepEqual(
      entries.map((entry) =>
        'error' in entry
          ? [entry.line, entry.error]
          : [entry.line, entry.fields.email, entry.fields.encrypted_password],
      ),
      [
        [2, 'a@example.com', 'x'],
        [3, 'does not have as many values as the table has columns'],
        [4, 'c@example.com', null],
        [5, 'cannot be read as SQL, so this row and the remaining rows of its INSERT are skipped'],
      ],
    )
  })

  it('of more than one table with users asks which', async () => {
    const text = `INSERT INTO users (email) VALUES ('a@example.com');\nINSERT INTO guests (email) VALUES ('b@example.com');\n`

    assert.match(await why(text), /has users in more than one place: users, guests\. Choose one with --table\.$/)
    assert.deepEqual(await people(text, { table: 'guests' }, 'email'), [['b@example.com']])
  })
})
