import { env } from 'cloudflare:workers'
import fc, { type Arbitrary } from 'fast-check'
import { Context } from 'hono'
import { base64url } from 'jose'
import { describe, expect, inject, it } from 'vitest'
import { deviceOf } from '../../src/domain/devices.ts'
import { parseEmail } from '../../src/domain/email.ts'
import { newId, randomId } from '../../src/domain/ids.ts'
import { linkToken, readLinkToken } from '../../src/domain/link-tokens.ts'
import { createMacs, type Purpose } from '../../src/domain/macs.ts'
import { parsePhone } from '../../src/domain/phone.ts'
import { hashScrypt, parseScrypt, verifyScrypt } from '../../src/domain/scrypt.ts'
import { createRefreshTokens } from '../../src/domain/tokens.ts'
import type { AppEnv } from '../../src/env.ts'
import { Misconfigured } from '../../src/misconfigured.ts'
import { readCookie } from '../../src/routes/cookies.ts'
import { credentials } from '../../src/routes/guards.ts'
import { wantsHtml } from '../../src/routes/navigation.ts'
import { visitorOf } from '../../src/routes/visitor.ts'
import { readSettings } from '../../src/settings.ts'
import { signedInAdmin } from '../support/app/administrators.ts'
import { firefox } from '../support/app/browsers.ts'
import { quickest } from '../support/app/fastest-of.ts'
import { signedInUser, startApp } from '../support/app/support.ts'

/**
 * Text that we parse ourselves: whatever it is, the answer is a value or "none", in a time that grows with its length.
 */

const options = { seed: inject('seed'), numRuns: inject('fuzzRuns') }
const check = <T extends [unknown, ...unknown[]]>(
  ...[arbitraries, holds]: [{ [K in keyof T]: Arbitrary<T[K]> }, (...values: T) => void | Promise<void>]
) =>
  fc.assert(
    fc.asyncProperty(...arbitraries, async (...values) => holds(...values)),
    options,
  )

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.string({ maxLength: 2000 }))

/** A text with some of its characters replaced, taken out or put in. */
const nearly = (text: Arbitrary<string>) =>
  fc
    .tuple(
      text,
      fc.array(fc.tuple(fc.nat(200), fc.nat(2), fc.string({ unit: 'binary', maxLength: 3 })), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([whole, changes]) =>
      changes.reduce((left, [at, drop, put]) => {
        const from = at % (left.length + 1)
        return left.slice(0, from) + put + left.slice(from + drop)
      }, whole),
    )

/**
 * Milliseconds that a parser may take for the longest text, even on a busy computer. A parser that is not linear would
 * take minutes.
 */
const inNoTime = 1000
const headersEnd = 60_000

/** Repetitions that make backtracking show, with an end that does not fit. */
const long = (size: number, ...units: string[]) =>
  units.flatMap((unit) => {
    const run = unit.repeat(Math.ceil(size / unit.length))
    return [run, `${run}!`, `x${run}x`, `x=${run}x`, `x;${run}x`, `${run}=`, `x@${run}`, `Bearer ${run}!`]
  })

/** Shorter sizes come first: a parser that is not linear fails there, without a wait for the longest. */
const sizes = [500, 2000, Number.POSITIVE_INFINITY]

const quickly = async (texts: string[], parse: (text: string) => unknown) => {
  const all = sizes.flatMap((size) =>
    texts.map((text) => (text.length > size ? text.slice(0, size) + text.slice(-1) : text)),
  )
  for (const text of all) {
    const took = await quickest(inNoTime, async () => {
      try {
        await parse(text)
      } catch (error) {
        // A header that cannot be constructed cannot be sent.
        if (!(error instanceof TypeError)) throw error
      }
    })
    expect(took, `${text.length} of ${JSON.stringify(text.slice(0, 12))}`).toBeLessThan(inNoTime)
  }
}

const keys = ['one', 'two'].map((id, n) => ({ id, secret: new Uint8Array(32).map((_, at) => at * 7 + n) }))
const keyed = createMacs(keys)
const purposes: Purpose[] = [
  'first admin',
  'link verify_email',
  'link reset_password',
  'link confirm_email',
  'link cancel_email_change',
  'link end_session',
]

const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => base64url.encode(bytes))

describe('a password hash on file', () => {
  const cost = fc.record({ ln: fc.integer({ min: 1, max: 4 }), r: fc.constant(8), p: fc.integer({ min: 1, max: 2 }) })
  const password = fc.string({ unit: 'grapheme', maxLength: 20 })

  it('is read as what it was made of, and takes its password and no other (ASVS 11.4.2)', () =>
    check([cost, password, password], (made, right, wrong) => {
      const stored = hashScrypt(right, made)
      const phc = parseScrypt(stored)!

      expect(phc).toMatchObject(made)
      expect(hashScrypt(right, phc, phc.salt)).toBe(stored)
      expect(verifyScrypt(right, phc)).toBe(true)
      expect(verifyScrypt(wrong, phc)).toBe(wrong === right)
    }))

  it('in any other form is refused, or costs no more than ours (A-33)', () => {
    const number = fc.oneof(
      fc.integer({ min: -2, max: 99 }).map(String),
      fc.constantFrom('', '015', '1e1', '0x5', '+5', '3.0', '99999999999'),
    )
    const base64 = fc.oneof(fc.base64String({ maxLength: 120 }), fc.string({ maxLength: 60 }))
    const made = fc
      .tuple(fc.constantFrom('scrypt', 'Scrypt', 'argon2id', 'scrypt2', ''), number, number, number, base64, base64)
      .map(([name, ln, r, p, salt, hash]) => `$${name}$ln=${ln},r=${r},p=${p}$${salt}$${hash}`)
    const ours = fc.constant(`$scrypt$ln=15,r=8,p=3$${'A'.repeat(22)}$${'A'.repeat(43)}`)

    return check([fc.oneof(anyText, made, nearly(ours))], (text) => {
      const phc = parseScrypt(text)

      if (!phc) return
      expect(phc.ln >= 1 && phc.ln <= 15 && phc.r === 8 && phc.p >= 1 && phc.p <= 10).toBe(true)
      expect(phc.hash).toHaveLength(32)
      expect(phc.salt.length).toBeGreaterThanOrEqual(8)
      expect(phc.salt.length).toBeLessThanOrEqual(64)
    })
  })

  it('of any length is read in no time (A-33, ASVS 1.3.12)', () =>
    quickly(long(1_000_000, 'A', '$', '$scrypt', '=', '0'), parseScrypt))
})

describe('a refresh token', () => {
  const tokens = createRefreshTokens(keyed)
  const generation = fc.nat(999_999_999)
  const keyId = fc.constantFrom('one', 'two')

  it('is read as what it was made of', () =>
    check([id, generation, keyId], (sid, turn, key) => {
      const token = tokens.issue(sid, turn, key)

      expect(tokens.read(token)).toEqual({ keyId: key, sid, generation: turn })
      expect(tokens.issue(sid, turn, key)).toBe(token)
    }))

  it('has one spelling: changed in any way it is refused (R12, A-07)', () =>
    check([nearly(fc.tuple(id, generation, keyId).map(([sid, turn, key]) => tokens.issue(sid, turn, key)))], (text) => {
      const read = tokens.read(text)

      // Two changes may cancel each other.
      if (read) expect(tokens.issue(read.sid, read.generation, read.keyId)).toBe(text)
    }))

  it('is not what another service made, nor anything else (R12)', () => {
    const others = createRefreshTokens(createMacs([{ id: 'one', secret: new Uint8Array(32).map((_, at) => at * 11) }]))
    return check(
      [
        fc.oneof(
          anyText,
          fc.tuple(id, generation).map(([sid, turn]) => others.issue(sid, turn)),
        ),
      ],
      (text) => {
        expect(tokens.read(text)).toBeUndefined()
      },
    )
  })

  it('of any length is read in no time (R12, ASVS 1.3.12)', () =>
    quickly(long(1_000_000, 'a', '.', 'one.', '0', '-'), tokens.read))
})

describe('the token of a link', () => {
  const purpose = fc.constantFrom(...purposes)

  it('names its link, for its own purpose alone (A-09)', () =>
    check([id, purpose], (link, made) => {
      const token = linkToken(keyed, made, link)

      expect(purposes.filter((read) => readLinkToken(keyed, read, token) === link)).toEqual([made])
    }))

  it('changed in any way, or made by another service, is refused (A-14)', () => {
    const stranger = createMacs([{ id: 'one', secret: new Uint8Array(32).map((_, at) => at * 11) }])
    const forged = fc.tuple(id, purpose).map(([link, made]) => linkToken(stranger, made, link))
    const changed = nearly(fc.tuple(id, purpose).map(([link, made]) => linkToken(keyed, made, link)))

    return check([fc.oneof(anyText, forged, changed), purpose], (text, read) => {
      const link = readLinkToken(keyed, read, text)

      if (link !== undefined) expect(linkToken(keyed, read, link)).toBe(text)
    })
  })

  it('is not taken from another service for any purpose (A-14)', () => {
    const stranger = createMacs([{ id: 'one', secret: new Uint8Array(32).map((_, at) => at * 11) }])
    return check([id, purpose], (link, made) => {
      expect(readLinkToken(keyed, made, linkToken(stranger, made, link))).toBeUndefined()
    })
  })

  it('of any length is read in no time (ASVS 1.3.12)', () =>
    quickly(long(1_000_000, 'a', '.', '-_'), (text) => readLinkToken(keyed, 'link reset_password', text)))
})

/** Returns what a parser of headers gets. */
const contextOf = (headers: Record<string, string>, settings: Record<string, unknown> = {}) => {
  const context = new Context<AppEnv>(new Request('http://localhost/', { headers }))
  context.set('services', { settings } as unknown as AppEnv['Variables']['services'])
  return context
}

const printable = fc.string({ unit: 'grapheme-ascii' })
const longHeaders = long(
  headersEnd,
  ' ',
  '\t ',
  ';',
  '=',
  'a',
  'a=b; ',
  'token=',
  ' token = ',
  ', ',
  'text/html',
  '/',
  '~',
  'Bearer ',
)

describe('a cookie', () => {
  const value = fc.stringMatching(/^[\w.~+/-]{1,40}$/)
  const name = fc.stringMatching(/^[\w-]{1,12}$/).filter((text) => !/^(__host-)?token$/i.test(text))
  const space = fc.constantFrom('', ' ', '\t', '  ')
  const others = fc.array(fc.tuple(name, value), { maxLength: 5 })

  it('is found among any others, unless it occurs twice (A-21)', () =>
    check([value, others, others, space, fc.boolean()], (wanted, before, after, gap, secure) => {
      const ours = secure ? '__Host-token' : 'token'
      const pairs = (list: [string, string][]) => list.map(([key, text]) => `${key}=${text}`)
      const header = [...pairs(before), `${gap}${ours}${gap}=${gap}${wanted}${gap}`, ...pairs(after)].join(';')

      expect(readCookie(contextOf({ Cookie: header }, { secure }), 'token')).toBe(wanted)
      expect(readCookie(contextOf({ Cookie: `${header};${ours}=${wanted}` }, { secure }), 'token')).toBeUndefined()
      expect(readCookie(contextOf({ Cookie: header }, { secure: !secure }), 'token')).toBeUndefined()
    }))

  it('never throws, whatever the header contains', () =>
    check(
      [
        fc.oneof(
          printable,
          nearly(fc.constant('a=b; token=x; c')).map((text) => text.replace(/[^\t\x20-\x7e]/g, '')),
        ),
      ],
      (header) => {
        const read = readCookie(contextOf({ Cookie: header }), 'token')

        if (read !== undefined) expect(header).toContain(read)
      },
    ))

  it('is found, or not, in no time (ASVS 1.3.12)', () =>
    quickly(longHeaders, (text) => readCookie(contextOf({ Cookie: `a=b;${text}` }), 'token')))
})

describe('an Authorization header', () => {
  it('is one bearer token or a refusal, never another exception (A-11)', () =>
    check(
      [
        fc.oneof(
          printable,
          printable.map((text) => `Bearer ${text}`),
          fc.base64String().map((text) => `bearer ${text}`),
        ),
      ],
      (header) => {
        try {
          const read = credentials(contextOf({ Authorization: header }))
          expect(header.trim().replace(/^bearer /i, '')).toBe(read?.token)
        } catch (error) {
          expect(error).toMatchObject({ name: 'AuthError', code: 'invalid_token' })
        }
      },
    ))

  it('is read in no time (ASVS 1.3.12)', () =>
    quickly(longHeaders, (text) => {
      try {
        credentials(contextOf({ Authorization: text }))
      } catch {}
    }))
})

const networksOf = (ip: string) => visitorOf(contextOf({ 'CF-Connecting-IP': ip })).networks

describe('the network of a visitor', () => {
  const groups = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }).filter(([first = 0]) => first >= 0x100)
  const hex = (group: number, at: number) =>
    at % 2 ? group.toString(16).toUpperCase() : group.toString(16).padStart(4, '0')

  it('of IPv6 is the /64 and the /48, however the address is written (A-04b)', () =>
    check([groups, fc.array(fc.nat(0xffff), { minLength: 4, maxLength: 4 })], (address, host) => {
      const [one, two] = [address, [...address.slice(0, 4), ...host]].map((parts) => parts.map(hex).join(':'))
      const compressed = new URL(`http://[${one}]/`).hostname.slice(1, -1)

      expect(networksOf(two!)).toEqual(networksOf(one!))
      expect(networksOf(compressed)).toEqual(networksOf(one!))
      const prefix = address.slice(0, 4).map((group) => group.toString(16))
      expect(networksOf(one!)).toEqual([
        { key: `${prefix.join(':')}::/64`, factor: 1 },
        { key: `${prefix.slice(0, 3).join(':')}::/48`, factor: 10 },
      ])
    }))

  it('of IPv6 is another for another /64 (A-04b)', () =>
    check([groups, fc.nat(0xffff)], (address, other) => {
      fc.pre(other !== address[3])
      const neighbour = address.with(3, other)

      expect(networksOf(neighbour.map(hex).join(':'))[0]).not.toEqual(networksOf(address.map(hex).join(':'))[0])
      expect(networksOf(neighbour.map(hex).join(':'))[1]).toEqual(networksOf(address.map(hex).join(':'))[1])
    }))

  it('of IPv4 is the address, mapped into IPv6 or not (A-04b)', () =>
    check([fc.ipV4()], (ip) => {
      const mapped = ip
        .split('.')
        .map((part) => Number(part).toString(16).padStart(2, '0'))
        .join('')
        .replace(/(....)/, '$1:')

      for (const written of [ip, `::ffff:${ip}`, `::FFFF:${mapped}`])
        expect(networksOf(written)).toEqual([{ key: ip, factor: 1 }])
    }))

  it('is one or two, whatever the header contains, and the same one for everything that is not an address (A-04b)', () =>
    check(
      [fc.oneof(printable, nearly(fc.ipV4()), nearly(fc.ipV6())).map((text) => text.replace(/[^\x20-\x7e]/g, ''))],
      (text) => {
        const networks = networksOf(text)

        expect([1, 2]).toContain(networks.length)
        for (const { key } of networks) expect(key).toMatch(/^(unknown|\d+\.\d+\.\d+\.\d+|[0-9a-f:]+::\/(64|48))$/)
      },
    ))

  it('comes only from Cloudflare, or from a site that knows the key (A-04b, ASVS 4.1.3)', () => {
    const forged = fc.constantFrom(
      'X-Forwarded-For',
      'X-Real-IP',
      'Forwarded',
      'True-Client-IP',
      'CF-Connecting-IPv6',
      'X-Client-IP',
      'CF-Pseudo-IPv4',
    )
    const proxyKey = 'k'.repeat(40)
    return check(
      [fc.ipV4(), fc.ipV4(), forged, nearly(fc.constant(proxyKey)).map((text) => text.replace(/[^\x21-\x7e]/g, ''))],
      (ip, said, header, guess) => {
        const own = { 'CF-Connecting-IP': ip, [header]: said }
        const named = { ...own, 'Gatehouse-Client-IP': said }

        expect(visitorOf(contextOf(own, { proxyKey })).ip).toBe(ip)
        expect(visitorOf(contextOf(named, { proxyKey })).ip).toBe(ip)
        expect(visitorOf(contextOf({ ...named, 'Gatehouse-Proxy-Key': guess }, { proxyKey })).ip).toBe(
          guess === proxyKey ? said : ip,
        )
        expect(visitorOf(contextOf({ ...named, 'Gatehouse-Proxy-Key': proxyKey }, { proxyKey })).ip).toBe(said)
        expect(visitorOf(contextOf({ ...named, 'Gatehouse-Proxy-Key': proxyKey }, {})).ip).toBe(ip)
      },
    )
  })

  it('is found in no time (ASVS 1.3.12)', () =>
    quickly([...longHeaders, ...long(headersEnd, ':', '::', '1:', '0:', '1.', 'ffff:', '%')], networksOf))
})

describe('a name of a browser', () => {
  it('is one of a list or none, whatever the header holds', () =>
    check([fc.oneof(anyText, nearly(fc.constant(firefox)))], async (text) => {
      const { browser, os } = deviceOf(text)

      for (const found of [browser, os]) expect(found ?? '').toMatch(/^[A-Za-z0-9 .&!()-]{0,40}$/)
    }))

  it('is found in no time, in as much of the header as is kept (ASVS 1.3.12)', () =>
    quickly(long(headersEnd, ' ', 'Mozilla/5.0 ', '(', ';', 'Version/', 'a/1 ', 'Linux', 'Opera'), (text) =>
      deviceOf(visitorOf(contextOf({ 'User-Agent': text })).userAgent),
    ))
})

describe('whether a browser asks', () => {
  const accept = (headers: Record<string, string>) => wantsHtml(contextOf(headers))

  it('is recognised by text/html among any other types, and by nothing else', () => {
    const type = fc.constantFrom(
      'application/json',
      '*/*',
      'text/plain',
      'image/webp',
      'text/*',
      'application/xhtml+xml',
      'text/htm',
    )
    const list = fc.array(
      fc.tuple(type, fc.constantFrom('', ';q=0.5', '; q=1')).map((pair) => pair.join('')),
      { maxLength: 5 },
    )
    return check([list, list, fc.constantFrom('text/html', 'TEXT/HTML', 'text/html;q=0.9')], (before, after, html) => {
      expect(accept({ Accept: [...before, html, ...after].join(', ') })).toBe(true)
      expect(accept({ Accept: [...before, ...after].join(', ') })).toBe(false)
    })
  })

  it('is found in no time (ASVS 1.3.12)', () => quickly(longHeaders, (Accept) => accept({ Accept })))
})

describe('an e-mail address as it is typed', () => {
  it('is refused, or has a canonical form that stays as it is, whatever was typed (A-25, A-25a)', () => {
    const likely = nearly(fc.emailAddress())
    return check([fc.oneof(anyText, likely, fc.emailAddress({ size: 'large' }))], (text) => {
      const email = parseEmail(text)

      if (!email) return
      expect(email.canonical).toMatch(/^[!-?A-~]{1,64}@[a-z0-9.-]+$/)
      expect(email.canonical.length).toBeLessThanOrEqual(254)
      expect(parseEmail(email.canonical)?.canonical).toBe(email.canonical)
      expect(parseEmail(email.address)).toEqual(email)
      expect(email.address).not.toMatch(/[\s,;<>"\\()]/)
    })
  })

  it('of any length is read in no time (ASVS 1.3.12)', () =>
    quickly(long(1_000_000, ' ', 'a', '.', '@', 'a.', '-', 'xn--', 'é', '\u0301'), parseEmail))
})

describe('a phone number as it is typed', () => {
  it('is refused, or becomes E.164 that can be sent again, whatever was typed', () =>
    check(
      [fc.oneof(anyText, nearly(fc.constantFrom('+44 20 7946 0958', '+49 (0)30 123456', 'tel:+1-201-555-0123')))],
      async (text) => {
        const phone = await parsePhone(text.slice(0, 40))

        if (phone === undefined) return
        expect(phone).toMatch(/^\+[1-9]\d{3,16}$/)
        expect(await parsePhone(phone)).toBeDefined()
      },
    ))
})

describe('the settings', () => {
  const names = Object.keys(env).filter((name) => typeof (env as unknown as Record<string, unknown>)[name] === 'string')
  const mark = 'sentinel'
  const value = fc.oneof(
    anyText.map((text) => mark + text),
    anyText.map((text) => text + mark),
    fc.constantFrom(
      `https://${mark}.example.com`,
      `http://${mark}`,
      `${mark}@example.com`,
      `https://${mark}:x@example.com/`,
      `a.${mark}`,
      `{"keys":[{"kid":"${mark}"}]}`,
      `cloudinary://1:${mark}@x`,
      `ln=${mark}`,
    ),
    fc.constantFrom<unknown[]>(
      undefined,
      null,
      '',
      ' ',
      0,
      -1,
      1.5,
      Number.NaN,
      true,
      [],
      [mark],
      { toString: mark },
      { [mark]: 1 },
    ),
  )
  const more = [
    'PROXY_KEY',
    'CLOUDINARY_URL',
    'CORS_ORIGINS',
    'REGISTRATION_DOMAINS',
    'TOKEN_AUDIENCE',
    'TOKEN_TRANSPORT',
    'ACCESS_TOKEN_TYPE',
    'DOCS',
    'THROTTLE_FACTOR',
    'SESSION_MAX_DAYS',
    'RESET_PASSWORD_URL',
    'PASSWORD_MIN_LENGTH',
    mark,
    '__proto__',
  ]
  const change = fc.tuple(fc.constantFrom(...names, ...more), value)

  it('are read, or refused without revealing their values (A-37, ASVS 16.2.5)', () => {
    let refused = 0
    return check([fc.array(change, { minLength: 1, maxLength: 4 })], (changes) => {
      const vars = Object.fromEntries([...Object.entries(env), ...changes])
      try {
        const settings = readSettings(vars)
        expect(settings.origins.has('*') || settings.origins.has('null')).toBe(false)
      } catch (error) {
        refused++
        expect(error).toBeInstanceOf(Misconfigured)
        const said = `${(error as Error).message} ${(error as Error).cause ?? ''}`
        expect(said).not.toContain(mark)
        for (const [, secret] of changes)
          if (typeof secret === 'string' && secret.length > 8) expect(said).not.toContain(secret)
      }
    }).then(() => expect(refused).toBeGreaterThan(0))
  })

  it('are read in no time (ASVS 1.3.12)', () =>
    quickly(long(100_000, ' ', ', ', 'a.', 'https://', '{token}', '=', 'ln='), (text) => {
      try {
        readSettings(Object.fromEntries([...names, ...more].map((name) => [name, text])))
      } catch {}
    }))
})

describe('a cursor', () => {
  it('that no list gave is refused, and costs no fault, whatever it is (A-23)', { timeout: 120_000 }, async () => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const cursor = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
      nearly(fc.constantFrom(newId(new Date()), 'ada@example.com', `${Date.now()} ${newId(new Date())}`, randomId())),
      fc.tuple(fc.nat(), fc.string()).map(([time, text]) => `${time} ${text}`),
    )
    const list = fc.constantFrom(
      'users?',
      'users?sort=email&',
      'users?sort=-last_login_at&',
      'users?role=admin&',
      'users?search=ada&',
      'audit?',
    )
    const runs = Math.ceil(options.numRuns / 2)
    const holds = fc.asyncProperty(list, cursor, async (path, text) => {
      const reply = await app.call(`GET /api/admin/${path}cursor=${encodeURIComponent(text.toWellFormed())}`, {
        bearer,
      })

      expect([200, 422]).toContain(reply.status)
    })
    await fc.assert(holds, { ...options, numRuns: runs })
  })

  it('leads through every row once, whatever the size of a page (A-23)', { timeout: 120_000 }, async () => {
    const app = startApp({ vars: { THROTTLE_FACTOR: '10000' } })
    const { access_token: bearer } = await signedInAdmin(app)
    for (let n = 0; n < 7; n++) await signedInUser(app)
    type Page = { users: { id: string }[]; total: number; next_cursor: string | null }
    const sort = fc.constantFrom('created_at', '-created_at', 'email', '-email', 'last_login_at', '-last_login_at')

    const holds = fc.asyncProperty(sort, fc.integer({ min: 1, max: 12 }), async (order, size) => {
      const seen: string[] = []
      let total = 0
      for (let next = ''; ; ) {
        const reply = await app.call(`GET /api/admin/users?sort=${order}&per_page=${size}${next}`, { bearer })
        const page = (await reply.json()) as Page
        seen.push(...page.users.map((user) => user.id))
        total = page.total
        if (page.next_cursor === null) break
        next = `&cursor=${encodeURIComponent(page.next_cursor)}`
      }

      expect(new Set(seen).size).toBe(total)
      expect(seen).toHaveLength(total)
    })
    await fc.assert(holds, { ...options, numRuns: Math.ceil(options.numRuns / 10) })
  })
})
