import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')

/** Returns the snippets of a page in this language below this heading. */
export const snippets = (page: string, heading: string, language: string): string[] => {
  const text = readFileSync(join(root, 'docs', page), 'utf8').replaceAll('\r\n', '\n')
  const section = text.split(/^(?=## )/m).find((part) => part.startsWith(`## ${heading}\n`))
  const found = [...(section ?? '').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
  return found.filter(([, name]) => name === language).map(([, , code = '']) => code)
}

/** Returns the only such snippet. */
export const snippet = (page: string, heading: string, language: string): string => {
  const found = snippets(page, heading, language)
  assert.equal(found.length, 1, `${page}, ${heading}: one snippet in ${language}`)
  return found[0]!
}

/**
 * Creates a folder inside the project, so that the imports of a snippet are found, with the client as npm links it into
 * a site.
 */
export const makeFolder = () => {
  const cache = join(root, 'node_modules', '.cache', 'gatehouse')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'snippets-'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(root, 'client'), join(folder, 'node_modules', 'gatehouse-auth'), 'junction')
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }) }
}

/** Starts a server on this computer. */
export const serve = async (answer: RequestListener) => {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

/** Runs a command to its end. A missing command counts as failed. */
export const run = (command: string, args: string[], options: { cwd?: string; env?: object; shell?: boolean } = {}) =>
  new Promise<{ status: number; output: string }>((resolve) => {
    const env = { ...process.env, ...options.env }
    const { cwd, shell } = options
    const child = spawn(command, args, { cwd, shell, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    child.on('error', (error) => resolve({ status: 127, output: error.message }))
    child.on('close', (status) => resolve({ status: status ?? 1, output }))
  })
