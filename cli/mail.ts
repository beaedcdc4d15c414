import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join, resolve } from 'node:path'
import { directionOf } from '../src/domain/languages.ts'
import { compose } from '../src/mail/messages.ts'
import type { Texts } from '../src/mail/wording.ts'
import { readSettings } from '../src/settings.ts'
import { type Main, readArguments, runCommand } from './lib/command.ts'
import { Stop } from './lib/database.ts'
import { readDeployment } from './lib/deployment.ts'
import { signingKey, tokenKey } from './lib/dev-vars.ts'
import { exampleOf, examples } from './mail/letters.ts'
import { partOf, wordedCatalogues } from './words/catalogues.ts'

const help = `
Shows every mail in every language, with the settings of wrangler.toml and the words in wording/.

  npm run mail -- preview [--env NAME] [--port NUMBER] [--out FOLDER]

  --env NAME         the settings of this environment
  --port NUMBER      where to show them on this computer (default: 8790)
  --out FOLDER       writes them as files instead
  --help
`

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** Returns path → content: a page that lists the mails, and both parts of each. */
const preview = (env: string | undefined): Map<string, string> => {
  const { vars } = readDeployment(env)
  const settings = readSettings({
    ...vars,
    SIGNING_KEYS: JSON.stringify({ keys: [signingKey()] }),
    TOKEN_KEYS: tokenKey(),
    DATA_KEYS: tokenKey(),
  })
  const files = new Map<string, string>()
  const lists = wordedCatalogues().map(({ about: { tag, name, reviewed_by: reviewedBy }, texts }) => {
    const words = { language: tag, texts: partOf(texts, 'mail') as Texts }
    const rows = examples.map(({ name, kind, more }) => {
      const { subject, text, html } = compose(exampleOf(kind, tag, more), settings, words)
      files.set(`${tag}/${name}.html`, html)
      files.set(`${tag}/${name}.txt`, `${subject}\n\n${text}`)
      return `<li><a href="${tag}/${name}.html">${escaped(subject)}</a> (<a href="${tag}/${name}.txt">text</a>)</li>`
    })
    const note = reviewedBy === null ? 'translated by a machine, not reviewed' : `reviewed by ${escaped(reviewedBy)}`
    return `<h2>${escaped(name)}</h2>\n<p>${tag}: ${note}</p>\n<ul lang="${tag}" dir="${directionOf(tag)}">\n${rows.join('\n')}\n</ul>`
  })
  const title = `Mails of ${escaped(settings.appName)}`
  files.set(
    'index.html',
    `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n<title>${title}</title>\n<h1>${title}</h1>\n${lists.join('\n')}\n`,
  )
  return files
}

/** Serves the files on this computer until the process ends. */
const serve = (files: Map<string, string>, port: number) =>
  new Promise<number>((_, reject) => {
    const server = createServer(({ url = '/' }, reply) => {
      const path = url === '/' ? 'index.html' : url.slice(1)
      const content = files.get(path)
      const type = path.endsWith('.txt') ? 'text/plain' : 'text/html'
      reply.writeHead(content === undefined ? 404 : 200, { 'Content-Type': `${type}; charset=utf-8` })
      reply.end(content ?? 'There is no such mail.')
    })
    server.on('error', () => reject(new Stop(`Port ${port} of this computer is in use: choose another with --port`)))
    server.listen(port, '127.0.0.1', () => console.log(`Every mail in every language: http://127.0.0.1:${port}`))
  })

const mail: Main = async (args) => {
  const { values, positionals } = readArguments('mail', args, {
    env: { type: 'string' },
    port: { type: 'string', default: '8790' },
    out: { type: 'string' },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  if (positionals.join(' ') !== 'preview') throw new Stop('Say what to do: npm run mail -- preview')
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) throw new Stop('--port must be a number')
  const files = preview(values.env)
  if (values.out === undefined) return serve(files, Number(values.port))
  const folder = resolve(values.out)
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  console.log(`${examples.length} mails in every language: ${join(folder, 'index.html')}`)
  return 0
}

await runCommand(mail)
