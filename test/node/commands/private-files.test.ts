import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { backup } from '../../../cli/backup.ts'
import { importUsers } from '../../../cli/import.ts'
import { Stop } from '../../../cli/lib/database.ts'
import { readDeployment, withNamespace } from '../../../cli/lib/deployment.ts'
import { addMissingSecrets, readVars, writeLines } from '../../../cli/lib/dev-vars.ts'
import { createPrivate, recreatePrivate, replacePrivate } from '../../../cli/lib/private-file.ts'
import { root, runNode } from '../../../cli/lib/process.ts'
import { makeDatabase } from './databases.ts'
import { inside } from './inside.ts'
import { project } from './project.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

const windows = process.platform === 'win32'
const mode = (path: string) => statSync(path).mode & 0o777
let names = 0

/**
 * What somebody else may have put where a command is going to write: a link to a file of theirs, a link to nothing, a
 * second name, a file that everybody may write.
 */
const plants: { what: string; plant: (path: string, theirs: string) => void }[] = [
  { what: 'a link', plant: (path, theirs) => symlinkSync(theirs, path) },
  {
    what: 'a link to nothing',
    plant: (path, theirs) => {
      rmSync(theirs)
      symlinkSync(theirs, path)
    },
  },
  { what: 'a second name', plant: (path, theirs) => linkSync(theirs, path) },
  {
    what: 'a file that all may write',
    plant: (path) => {
      writeFileSync(path, 'theirs')
      chmodSync(path, 0o666)
    },
  },
]

/** Plants one of these and acts. Nothing may have reached what was planted. */
const planted = async (plant: (path: string, theirs: string) => void, path: string, act: () => unknown) => {
  const theirs = join(folder, `theirs-${++names}`)
  writeFileSync(theirs, 'theirs')
  plant(path, theirs)
  await act()
  if (existsSync(theirs)) assert.equal(readFileSync(theirs, 'utf8'), 'theirs')
  return theirs
}

const skip = windows && 'rights and links are other ones there'

describe('a file with something private in it', { skip }, () => {
  for (const { what, plant } of plants) {
    it(`is not created in place of ${what}`, async () => {
      const path = join(folder, `made-${++names}`)
      await planted(plant, path, () => assert.throws(() => createPrivate(path), Stop))
    })

    it(`takes the place of ${what}`, async () => {
      for (const write of [
        (path: string) => replacePrivate(path, 'ours'),
        (path: string) => writeFileSync(recreatePrivate(path), 'ours'),
      ]) {
        const path = join(folder, `replaced-${++names}`)
        await planted(plant, path, () => write(path))
        assert.equal(readFileSync(path, 'utf8'), 'ours')
        assert.equal(mode(path), 0o600)
      }
    })

    it(`is an import's report, where ${what} lies`, async () => {
      const file = join(folder, `users-${++names}.csv`)
      writeFileSync(file, 'email,password\nnobody,\nada@example.com,\n')
      await planted(plant, `${file}.import-report.ndjson`, async () => {
        assert.equal((await inside(importUsers, [file, '--dry-run'])).status, 0)
      })

      assert.match(readFileSync(`${file}.import-report.ndjson`, 'utf8'), /refused/)
      assert.equal(mode(`${file}.import-report.ndjson`), 0o600)
    })
  }

  it('leaves nothing behind if it cannot be put in place', () => {
    const path = mkdtempSync(join(folder, 'taken-'))
    assert.throws(() => recreatePrivate(path), Stop)
    assert.throws(() => replacePrivate(path, 'ours'))

    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith(path.slice(folder.length + 1)) && name.endsWith('.new')),
      [],
    )
  })
})

describe('a file of secrets', { skip }, () => {
  it('is not written through a link, whether it leads to a file or to nothing', () => {
    for (const text of ['HEADING=1\n', undefined]) {
      const theirs = join(folder, `secrets-${++names}`)
      const link = `${theirs}.link`
      if (text) writeFileSync(theirs, text)
      symlinkSync(theirs, link)

      assert.throws(() => addMissingSecrets([link]), /is a link\. Nothing was written/)
      assert.throws(() => writeLines(link, { TOKEN_KEYS: 'x' }), /is a link\. Nothing was written/)

      assert.equal(existsSync(theirs) ? readFileSync(theirs, 'utf8') : undefined, text)
    }
  })

  it("is its owner's alone afterwards, also for whoever had it open before or has a second name for it", () => {
    const file = join(folder, `secrets-${++names}`)
    writeFileSync(file, 'LOG=all\n')
    chmodSync(file, 0o666)
    linkSync(file, `${file}.second`)

    addMissingSecrets([file])

    assert.equal(mode(file), 0o600)
    assert.equal(readFileSync(`${file}.second`, 'utf8'), 'LOG=all\n')
    assert.deepEqual(Object.keys(readVars([file])), ['DATA_KEYS', 'LOG', 'SIGNING_KEYS', 'TOKEN_KEYS'])
    writeLines(file, { LOG: undefined })
    assert.equal(mode(file), 0o600)
  })

  it('says in one line that it is a link', async () => {
    const link = join(folder, 'secrets.link')
    symlinkSync(join(folder, 'nothing'), link)

    const { status, output } = await runNode([join(root, 'cli', 'secrets.ts'), link])

    assert.equal(status, 1)
    assert.match(output, /^\S+ is a link\. Nothing was written: name the file that it leads to\.\s*$/)
  })
})

describe('a backup', { skip }, () => {
  let state = ''
  before(async () => {
    state = await makeDatabase(join(folder, 'backed-up'))
  })

  for (const { what, plant } of plants)
    it(`is not written to ${what}, be it under its name or where it lies while it is made`, async () => {
      const file = join(folder, `backup-${++names}.ndjson.gz`)
      await planted(plant, `${file}.part`, async () => {
        const { status, output } = await inside(backup, [file, '--persist-to', state])
        assert.equal(status, 0, output)
      })
      assert.equal(mode(file), 0o600)

      const taken = join(folder, `backup-${++names}.ndjson.gz`)
      await planted(plant, taken, async () => {
        const { status, output } = await inside(backup, [taken, '--persist-to', state])
        assert.equal(status, 1)
        assert.match(output, /already exists\.$/)
      })
    })
})

describe('the configuration of a deployment', { skip }, () => {
  it('can be read by its owner only, and is removed afterwards', async () => {
    const made = project()
    const config = await withNamespace(readDeployment('production', made.config), 'an id', async (path) => {
      assert.equal(mode(path), 0o600)
      return path
    })

    assert.equal(existsSync(config), false)
    made.remove()
  })
})
