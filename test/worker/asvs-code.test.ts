import { describe, it } from 'vitest'

const sources = import.meta.glob('../../src/**/*.{ts,tsx,js}', { query: '?raw', import: 'default', eager: true })

/** Removes comments, which may mention what the code must not do. A URL in a string is not a comment. */
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')

const files = Object.entries(sources)
  .map(([path, text]) => ({ path: path.replace('../../src/', ''), text: withoutComments(text) }))
  .filter(({ path }) => path !== 'bindings.d.ts')

/** Returns every place in the code that matches a form, as `file: text`. */
const found = (form: RegExp, among = files) =>
  among.flatMap(({ path, text }) => [...text.matchAll(form)].map(([words]) => `${path}: ${words}`))

/** A form that occurs in no file, and lines that show that it would be found. */
const absent: { what: string; form: RegExp; seen: string[] }[] = [
  {
    what: 'code made of text (ASVS 1.3.2)',
    form: /\beval\s*\(|\bFunction\s*\(|\bset(?:Timeout|Interval)\s*\(\s*['"`]/g,
    seen: ['eval(name)', 'new Function(text)()', "setTimeout('run()')"],
  },
  {
    what: 'a command of the operating system (ASVS 1.2.5)',
    form: /\bchild_process\b|\bprocess\s*\.|\bDeno\b|\bexecSync\b|\bspawn\s*\(/g,
    seen: ["import { exec } from 'node:child_process'", 'process.env.X', 'spawn(x)'],
  },
  {
    what: 'a parser of HTML or XML (ASVS 1.3.1, 1.5.1)',
    form: /\bDOMParser\b|\bHTMLRewriter\b|\bparseFromString\b|from '[^']*(?:xml|sax|sanitize|purify|cheerio|parse5)[^']*'/g,
    seen: ['new DOMParser()', "import { parse } from 'fast-xml-parser'"],
  },
  {
    what: 'HTML made of text (ASVS 1.1.2, 3.2.2)',
    form: /\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\s*\.\s*write|dangerouslySetInnerHTML/g,
    seen: ['element.innerHTML = name', 'document.write(x)'],
  },
  {
    what: 'storage of the browser (ASVS 14.3.3)',
    form: /\b(?:local|session)Storage\b|\bindexedDB\b|document\s*\.\s*cookie/g,
    seen: ["localStorage.setItem('token', token)", 'document.cookie = x'],
  },
  {
    what: 'a cache of our own (ASVS 14.2.2, A-22)',
    form: /\bcaches\s*[.[]|hono\/cache/g,
    seen: ['await caches.default.match(request)', "import { cache } from 'hono/cache'"],
  },
  {
    what: 'a mode for debugging (ASVS 13.4.2)',
    form: /\bdebugger\b|\bDEBUG\b|NODE_ENV|import\.meta\.env|\.stack\b(?! \?\? '')/g,
    seen: ["if (env.DEBUG === 'on')", "process.env.NODE_ENV !== 'production'", 'body: error.stack'],
  },
  {
    what: 'members copied from what was sent, or objects merged in depth (ASVS 15.3.3, 15.3.6)',
    form: /\bparseBody\s*\(\s*\{[^}]*dot|\b(?:deep)?[mM]erge\s*\(|Object\.setPrototypeOf|\.__proto__/g,
    seen: ['parseBody({ dot: true })', 'merge(row, body)', 'x.__proto__ = y'],
  },
  {
    what: 'comparison that converts types (ASVS 15.3.5)',
    // Only as the formatter writes it: `==` within a string has no spaces around it.
    form: /\s[=!]=\s/g,
    seen: ["if (a == 'x')", 'while (a != b)'],
  },
  {
    what: 'a broken or keyless hash for secrets (ASVS 11.4.1)',
    form: /\bmd5\b|\bripemd\w*\b|\bsha1\b(?=\s*\.|['"])/gi,
    seen: ['md5(text)', "createHash('sha1')"],
  },
]

describe('no file of the service has', () => {
  it.for(absent)('$what', ({ form, seen }, { expect }) => {
    // Hashes from other systems, which the first log-in replaces.
    const ours = found(form).filter((line) => !/^domain\/hashes\//.test(line))

    expect(ours).toEqual([])
    for (const line of seen) expect(found(form, [{ path: 'x', text: ` ${line}` }])).not.toEqual([])
  })
})

describe('a redirect', () => {
  const form = /\bc\s*\.\s*redirect\s*\((?:[^()]|\([^()]*\))*\)|\bResponse\s*\.\s*redirect\s*\(|['"]location['"]/gi

  it('occurs once, and its target is a setting (ASVS 3.7.2, A-27)', ({ expect }) => {
    expect(found(form)).toEqual([
      'routes/service.ts: c.redirect(`${c.var.services.settings.frontendUrl}/account/security`, 302)',
    ])
    for (const line of ['return c.redirect(to)', "c.header('Location', to)", "new Headers({ 'location': to })"])
      expect(found(form, [{ path: 'x', text: line }])).not.toEqual([])
  })
})

describe('SQL', () => {
  it('contains only text from the code, and binds the rest (ASVS 1.2.4)', ({ expect }) => {
    const raw = found(/sql\s*\.\s*raw\s*\([^\n]*?\)(?=[}`\n])|\.\s*exec\s*\(\s*`|\.\s*prepare\s*\(/g)

    // Constants, names of tables and columns, one of two words, SQL from Drizzle, numbers of our own, and columns that a type lists.
    expect(raw.sort()).toEqual([
      'storage/backups.ts: .prepare(',
      'storage/disputes.ts: sql.raw(`dispute.${column}`)',
      'storage/events.ts: sql.raw(`excluded.${column}`)',
      'storage/factor-removals.ts: sql.raw(column)',
      'storage/freezes.ts: sql.raw(column)',
      "storage/mail-links.ts: sql.raw(`'revert_email_change' || ''`)",
      'storage/metered.ts: .prepare(',
      'storage/rate-limits.ts: sql.raw(String(n))',
      'storage/replicas.ts: .prepare(',
      "storage/schema.ts: sql.raw(`event not in (${commonEvents.map((event) => `'${event}'`).join(', ')",
      'storage/statements.ts: .prepare(',
      'storage/statements.ts: .prepare(',
      'storage/switching.ts: sql.raw(column)',
      "storage/user-directory.ts: sql.raw(verified ? 'not null' : 'null')",
      "storage/user-editing.ts: sql.raw(verified ? '' : 'not ')",
      'storage/user-lists.ts: sql.raw(String(n))',
      "storage/user-lists.ts: sql.raw(`(role = 'admin') * 4 + (status = 'disabled') * 2 + (email_verified_at is null)",
      'storage/way-back.ts: sql.raw(column)',
    ])
    const typed = files
      .flatMap(({ text }) => [...text.matchAll(/\(column: ((?:'\w+'(?: \| )?)+)\)/g)])
      .map(([, type]) => type)
    expect(typed.sort()).toEqual([
      "'address' | 'address_canonical'",
      "'at' | 'ip' | 'user_agent'",
      "'user_id' | 'address' | 'address_canonical' | 'created_at'",
      "'user_id' | 'address_canonical'",
    ])
  })
})

describe('a regular expression', () => {
  it('is a literal, or contains nothing that was sent (ASVS 1.2.9)', ({ expect }) => {
    const made = files.flatMap(({ path, text }) =>
      [...text.matchAll(/new RegExp\(([^\n]*)/g)].map(([, of = '']) => ({ path, of })),
    )

    // Built once, when the file is loaded, from other constants of the file, or from numbering plans, which are
    // constants too.
    const plans = 'domain/phone-numbers.ts'
    expect(
      [...new Set(made.map(({ path }) => path))].filter(
        (path) => path !== plans && !/^domain\/(scrypt|hashes\/[\w-]+)\.ts$/.test(path),
      ),
    ).toEqual([])
    expect(found(/\bbeginning\([^)]*\)+/g).filter((line) => line.startsWith(plans))).toEqual(
      ['beginning(begins)', 'beginning(prefix)', 'beginning(`(?:${whole})'].map((call) => `${plans}: ${call}`),
    )
    for (const { path } of made.filter((one) => one.path !== plans)) {
      const { text } = files.find((file) => file.path === path)!
      expect(text.match(/^const \w+ = new RegExp\(/gm)?.length, path).toBe(text.match(/new RegExp\(/g)?.length)
    }
  })
})

describe('a request to another server', () => {
  /** The service's own assets come from a binding. */
  const calling = files.filter(({ text }) => /(?<![\w.])fetch\s*\(/.test(text))

  it('goes to one of two hosts, or to one that a setting names, by https (ASVS 12.3.1, 13.2.4, 13.2.5)', ({
    expect,
  }) => {
    const places = calling.flatMap(({ path, text }) =>
      [...text.matchAll(/(?<![\w.])fetch\s*\(\s*(?:`(https:\/\/[^/]+\/)|(\w+))?/g)].map(
        ([, host, setting]) => `${path}: ${host ?? setting}`,
      ),
    )

    expect(places.sort()).toEqual([
      'mail/alerts.ts: webhook',
      'storage/cloudinary.ts: https://api.cloudinary.com/',
      'storage/migration-hook.ts: url',
      'storage/pwned-passwords.ts: https://api.pwnedpasswords.com/',
    ])
  })

  it('follows no redirect, and ends in time (ASVS 15.3.2)', ({ expect }) => {
    expect(calling.length).toBeGreaterThan(0)
    for (const { path, text } of calling) {
      const times = (form: RegExp) => text.match(form)?.length
      expect(times(/redirect: 'manual'/g), path).toBe(times(/(?<![\w.])fetch\s*\(/g))
      expect(times(/AbortSignal\.timeout\(/g), path).toBe(times(/(?<![\w.])fetch\s*\(/g))
    }
  })
})

describe('cryptography', () => {
  const packages = ['@noble/hashes', 'jose', 'bcryptjs', 'argon2id', 'node:crypto']

  it('comes from WebCrypto and packages that were examined (ASVS 11.2.1)', ({ expect }) => {
    const imported = found(/from '(?:@?noble|jose|.*(?:crypt|argon|hash|cipher|tweetnacl|forge)[^.']*)[^']*'/g)
      .map((line) => /from '([^']+)'/.exec(line)![1]!)
      .filter((name) => !name.startsWith('.'))

    expect(imported.length).toBeGreaterThan(3)
    // The runtime's own: only the entry for PASSWORD_ENGINE=native imports it.
    expect(found(/from 'node:crypto'/g)).toEqual(["native-scrypt.ts: from 'node:crypto'"])
    expect(
      imported.filter((name) => !packages.some((known) => name === known || name.startsWith(`${known}/`))),
    ).toEqual([])
  })

  it('hashes with 256 bits at least, except for the name of a breached password (ASVS 11.4.1, 11.4.3)', ({
    expect,
  }) => {
    const digests = found(/['"`]SHA-?\d+['"`]/g)

    const weak = digests.filter((line) => !/SHA-(256|384|512)/.test(line))
    // HMAC-SHA-1 in one-time passwords needs no collision resistance (RFC 4226 Appendix B).
    expect(weak.sort()).toEqual(["domain/totp.ts: 'SHA-1'", "storage/pwned-passwords.ts: 'SHA-1'"])
    expect(digests.length).toBeGreaterThan(weak.length)
  })

  it('encrypts only bookmarks, the cookie of a registration, challenges of log-in mails, seeds and enrolments, by AES-GCM; another cipher is only in how Firebase hashed passwords (ASVS 11.3.1, 11.3.2, 11.3.3)', ({
    expect,
  }) => {
    const form = /\b(?:en|de)crypt\w*\s*\(|\bcreateCipheriv\b|['"`](?:AES-|RSA|DES|RC4)[\w-]*|\bCompactEncrypt\b/g

    const used = found(form).filter((line) => !line.startsWith('domain/hashes/firebase.ts: '))
    const foreign = found(form).filter((line) => line.startsWith('domain/hashes/firebase.ts: '))

    expect(new Set(used)).toEqual(
      new Set([
        "domain/sealing.ts: 'AES-GCM",
        'domain/sealing.ts: encrypt(',
        'domain/sealing.ts: decrypt(',
        // The signatures of some passkeys, which are only verified.
        "domain/webauthn/public-keys.ts: 'RSA",
        "domain/webauthn/public-keys.ts: 'RSASSA-PKCS1-v1_5",
      ]),
    )
    expect(found(/\bcreateSealing\s*\([^)]*\)/g).sort()).toEqual([
      "domain/bookmarks.ts: createSealing(keys, 'bookmark')",
      "services.ts: createSealing(settings.dataKeys, 'enrolment')",
      "services.ts: createSealing(settings.dataKeys, 'totp')",
      "services.ts: createSealing(settings.tokenKeys, 'mail log in')",
      "services.ts: createSealing(settings.tokenKeys, 'registered')",
    ])
    expect(new Set(foreign.map((line) => line.split(': ')[1]))).toEqual(new Set(["'AES-CTR", 'encrypt(']))
    for (const line of ["createCipheriv('aes-128-ecb', key, null)", "subtle.encrypt({ name: 'AES-CBC' }, key, data)"])
      expect(found(form, [{ path: 'x', text: line }])).not.toEqual([])
  })

  it('creates secrets with the cryptographic generator, and never with a UUID (ASVS 6.5.3, 11.5.1)', ({ expect }) => {
    const random = found(/\bgetRandomValues\b|\brandomUUID\b|\bv4\b(?!\/)|\bv7\b(?=\()|Math\.random/g)

    expect(random.sort()).toEqual([
      'domain/audit-archive.ts: getRandomValues',
      'domain/ids.ts: getRandomValues',
      'domain/ids.ts: v7',
      'domain/ids.ts: v7',
      'domain/scrypt.ts: getRandomValues',
      'domain/sealing.ts: getRandomValues',
      // A waiting time and the number of a request; guessing them is harmless.
      'routes/errors.ts: Math.random',
      'routes/request-log.ts: randomUUID',
      'storage/database.ts: Math.random',
    ])
  })

  it('compares secrets in constant time (ASVS 11.2.4)', ({ expect }) => {
    const constant = found(/crypto\.subtle\.timingSafeEqual/g).map((line) => line.split(':')[0])
    const early = found(
      /\b(?:mac|hash|digest|signature|proxyKey)\b\s*[!=]==\s*(?!undefined|null)\w+|\w+\s*[!=]==\s*\b(?:mac|digest|signature|proxyKey)\b/g,
    )

    expect(constant).toEqual(expect.arrayContaining(['domain/macs.ts', 'domain/scrypt.ts', 'routes/visitor.ts']))
    expect(early).toEqual([])
  })
})

describe('the log', () => {
  it('is written in one place, and goes nowhere else (ASVS 16.2.3)', ({ expect }) => {
    const written = found(/\bconsole\.\w+\(/g).map((line) => line.replace(/\($/, ''))

    expect([...new Set(written)].sort()).toEqual([
      'log.ts: console.error',
      'log.ts: console.info',
      'routes/errors.ts: console.error',
    ])
  })
})
