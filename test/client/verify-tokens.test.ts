import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { makeFolder, run, serve, snippet } from './snippets.ts'

const page = 'verify-tokens.md'
const { folder, remove } = makeFolder()
const ours = await generateKeyPair('ES256', { extractable: true })
const others = await generateKeyPair('ES256', { extractable: true })
const jwk = { ...(await exportJWK(ours.publicKey)), kid: 'first', alg: 'ES256', use: 'sig' }

const { origin, close } = await serve((request, response) => {
  response.setHeader('Content-Type', 'application/json')
  response.end(request.url === '/.well-known/jwks.json' ? JSON.stringify({ keys: [jwk] }) : '{}')
})
after(() => {
  close()
  remove()
})

/** The first of these commands that this one line works with. */
const firstThat = async (commands: string[], args: string[]) => {
  for (const command of commands) if ((await run(command, args)).status === 0) return command
}

const python = await firstThat(['python3', 'python', '/usr/bin/python3'], ['-c', 'import jwt, cryptography'])

type Change = {
  header?: Record<string, unknown>
  claims?: JWTPayload
  without?: string
  key?: CryptoKey | Uint8Array
}

/** As the service makes them (src/domain/tokens.ts), but for what is changed. */
const token = ({ header, claims, without, key = ours.privateKey }: Change = {}) => {
  const now = Math.floor(Date.now() / 1000)
  const payload: JWTPayload = {
    iss: origin,
    aud: origin,
    client_id: 'gatehouse',
    sub: '019aa2f6-4c7b-7a0e-9f7e-0f3d6a1f2b3c',
    sid: 'Xq1b5n0l3Hc2y0m1Kk9d0w',
    jti: crypto.randomUUID(),
    iat: now,
    exp: now + 900,
    auth_time: now,
    role: 'user',
    ...claims,
  }
  if (without) delete payload[without]
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'first', ...header }).sign(key)
}

const past = Math.floor(Date.now() / 1000) - 60
const publicKeyAsSecret = new TextEncoder().encode(JSON.stringify(jwk))
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

const refused: { what: string; token: () => Promise<string> }[] = [
  { what: 'of another type', token: () => token({ header: { typ: 'JWT' } }) },
  { what: 'without a type', token: () => token({ header: { typ: undefined } }) },
  { what: 'signed with another key', token: () => token({ key: others.privateKey }) },
  { what: 'that names a key nobody knows', token: () => token({ header: { kid: 'another' }, key: others.privateKey }) },
  {
    what: 'signed with the public key as a secret',
    token: () => token({ header: { alg: 'HS256' }, key: publicKeyAsSecret }),
  },
  {
    what: 'that says it needs no signature',
    token: async () => {
      const [, payload] = (await token()).split('.')
      return `${encode({ alg: 'none', typ: 'at+jwt', kid: 'first' })}.${payload}.`
    },
  },
  { what: 'of another issuer', token: () => token({ claims: { iss: 'https://auth.example.org' } }) },
  { what: 'for somebody else', token: () => token({ claims: { aud: 'https://api.example.org' } }) },
  { what: 'that has expired', token: () => token({ claims: { exp: past } }) },
  { what: 'that never expires', token: () => token({ without: 'exp' }) },
  { what: 'of nobody', token: () => token({ without: 'sub' }) },
  { what: 'of no session', token: () => token({ without: 'sid' }) },
]

const localized = (code: string) => {
  const here = code.replaceAll('https://auth.example.com', origin)
  assert.notEqual(here, code)
  return here
}

/** Whether a snippet takes each of these tokens, in their order. */
type Verifier = (tokens: string[]) => Promise<boolean[]>

const holds = (verify: Verifier) => {
  it('takes a genuine token, and no other (ASVS 9.1.1, 9.1.2, 9.2.1, 9.2.2, 9.2.3)', async () => {
    const tokens = [await token(), ...(await Promise.all(refused.map((other) => other.token())))]

    const answers = await verify(tokens)

    const what = ['a genuine one', ...refused.map((other) => other.what)]
    assert.deepEqual(
      answers.map((answer, i) => [what[i], answer]),
      what.map((name, i) => [name, i === 0]),
    )
  })
}

describe('the snippet for Node', () => {
  holds(async (tokens) => {
    const file = join(folder, 'verify.mjs')
    writeFileSync(file, localized(snippet(page, 'Node and Workers', 'js')))
    const { verifyAccessToken } = await import(pathToFileURL(file).href)
    const one = (jwt: string) => verifyAccessToken(jwt).then(({ sub }: { sub: string }) => sub.length === 36)
    return Promise.all(tokens.map((jwt) => one(jwt).catch(() => false)))
  })
})

const lines = (output: string) =>
  output
    .trim()
    .split(/\r?\n/)
    .map((line) => line === 'yes')

describe('the snippet for Python', { skip: python ? false : 'no Python with PyJWT and cryptography here' }, () => {
  holds(async (tokens) => {
    const file = join(folder, 'verify.py')
    const each = `
import sys
for token in sys.argv[1:]:
    try:
        print("yes" if len(verify_access_token(token)["sub"]) == 36 else "no")
    except jwt.PyJWTError:
        print("no")
`
    writeFileSync(file, localized(snippet(page, 'Python', 'python')) + each)
    const { status, output } = await run(python!, [file, ...tokens])
    assert.equal(status, 0, output)
    return lines(output)
  })
})

const goFolder = join(folder, 'go')
let noGo: string | false = 'no Go here'

describe('the snippet for Go', () => {
  before(async () => {
    if ((await run('go', ['version'])).status !== 0) return
    mkdirSync(goFolder)
    writeFileSync(join(goFolder, 'verify.go'), localized(snippet(page, 'Go', 'go')))
    const main = `package main

import (
	"fmt"
	"os"
)

func main() {
	verify, err := NewVerifier()
	if err != nil {
		panic(err)
	}
	for _, token := range os.Args[1:] {
		if claims, err := verify(token); err == nil && len(claims.Subject) == 36 {
			fmt.Println("yes")
		} else {
			fmt.Println("no")
		}
	}
}
`
    writeFileSync(join(goFolder, 'main.go'), main)
    writeFileSync(join(goFolder, 'go.mod'), 'module verify\n\ngo 1.22\n')
    const { status } = await run('go', ['mod', 'tidy'], { cwd: goFolder })
    noGo = status === 0 ? false : 'its modules cannot be fetched here'
  })

  it('takes a genuine token, and no other', async (t) => {
    if (noGo) return t.skip(noGo)
    const tokens = [await token(), ...(await Promise.all(refused.map((other) => other.token())))]

    const { status, output } = await run('go', ['run', '.', ...tokens], { cwd: goFolder })

    assert.equal(status, 0, output)
    assert.deepEqual(
      lines(output),
      tokens.map((_, i) => i === 0),
    )
  })
})
