import type { IncomingMessage } from 'node:http'
import { serve } from './snippets.ts'

type Published = { name: string; versions: object; 'dist-tags': object; _attachments: Record<string, { data: string }> }

const bodyOf = async (request: IncomingMessage) => {
  let text = ''
  for await (const part of request.setEncoding('utf8')) text += part
  return text
}

/** Starts a registry that accepts packages as npm publishes them, serves them, and has no others. */
export const startRegistry = async () => {
  const packages = new Map<string, Published>()
  const { origin, close } = await serve(async (request, response) => {
    const [, name = '', rest] = decodeURIComponent(request.url ?? '').split('/')
    if (request.method === 'PUT') {
      packages.set(name, JSON.parse(await bodyOf(request)))
      return response.writeHead(201, { 'Content-Type': 'application/json' }).end('{}')
    }
    const found = packages.get(name)
    if (!found) return response.writeHead(404).end('{}')
    const [file] = Object.values(found._attachments)
    if (rest === '-') return response.end(Buffer.from(file!.data, 'base64'))
    const { _attachments: _, ...packument } = found
    response.setHeader('Content-Type', 'application/json')
    return response.end(JSON.stringify(packument))
  })
  return { url: `${origin}/`, close }
}
