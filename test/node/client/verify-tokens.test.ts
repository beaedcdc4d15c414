import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { byBearer, close, holds, localized, refused, token } from './access-tokens.ts'
import { firstThat } from './commands.ts'
import { makeFolder, run, snippet } from './snippets.ts'

const page = 'guides/verify-tokens.md'
const { folder, remove } = makeFolder()
after(() => {
  close()
  remove()
})

const python = await firstThat(['python3', 'python', '/usr/bin/python3'], ['-c', 'import jwt, cryptography'])

describe('the snippet for Node', () => {
  holds(async (tokens) => {
    const file = join(folder, 'verify.mjs')
    writeFileSync(file, localized(snippet(page, 'Node and Workers', 'js')))
    const { verifyAccessToken } = await import(pathToFileURL(file).href)
    const one = (jwt: string) => verifyAccessToken(jwt).then(({ sub }: { sub: string }) => sub.length === 36)
    return Promise.all(tokens.map((jwt) => one(jwt).catch(() => false)))
  })
})

describe('the snippet for Hono', () => {
  holds(async (tokens) => {
    const file = join(folder, 'hono.mjs')
    writeFileSync(file, localized(snippet(page, 'Hono', 'js')))
    const { app } = await import(pathToFileURL(file).href)
    return Promise.all(tokens.map((jwt) => byBearer((init) => app.request('/me', init), jwt)))
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
