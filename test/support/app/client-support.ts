import { vi } from 'vitest'
import { GatehouseError } from '../../../client/dist/index.js'
import type { TestApp } from './support.ts'

/** Shared by the tests of the typed client: the connection to the service, and the browser around the client. */

export const origin = 'http://localhost:8787'

/** Returns the `fetch` of a tab, which keeps cookies as a browser does and records every request. */
export const wayTo = (app: TestApp, cookies = new Map<string, string>()) => {
  const seen: string[] = []
  /** Replies that replace those of the service, by operation. */
  const instead = new Map<string, () => Promise<Response>>()
  const held = new Map<string, Promise<void>>()
  type Line = (answer: () => Promise<Response>, signal: AbortSignal | null | undefined) => Promise<Response>
  const lost = new Map<string, Line>()
  /** Puts a faulty connection between the client and an operation. @returns a function that repairs it */
  const lose = (operation: string, line: Line) => {
    lost.set(operation, line)
    return () => lost.delete(operation)
  }
  /** @returns a function that releases the held requests */
  const holdBack = (operation: string) => {
    let release = () => {}
    held.set(operation, new Promise((resolve) => (release = resolve)))
    return release
  }
  const fetch = async (input: string, { method = 'GET', headers, body, signal }: RequestInit) => {
    const { pathname, search } = new URL(input, origin)
    const operation = `${method} ${pathname}`
    seen.push(operation)
    signal?.throwIfAborted()
    const other = instead.get(operation)
    if (other) return other()
    await held.get(operation)
    const given = { Origin: origin, ...Object.fromEntries(new Headers(headers)) }
    const answer = () =>
      app.call(`${operation}${search}`, {
        body: body as string,
        headers: given,
        cookies: Object.fromEntries(cookies),
      })
    const response = await (lost.get(operation)?.(answer, signal) ?? answer())
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!
      if (value) cookies.set(name!, value)
      else cookies.delete(name!)
    }
    return response
  }
  const count = (operation: string) => seen.filter((other) => other === operation).length
  return { fetch, seen, count, instead, holdBack, lose, cookies }
}

export const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error) => (error instanceof GatehouseError ? error.code : error.name),
  )

/** Stands in for the Web Locks, storage and storage events that tabs of one browser share. */
export const stubBrowser = () => {
  const stored = new Map<string, string>()
  const listeners = new Map<string, ((event: object) => void)[]>()
  const dispatch = (type: string, event: object) => {
    for (const listener of listeners.get(type) ?? []) listener(event)
  }
  let last: Promise<unknown> = Promise.resolve()
  vi.stubGlobal('document', {})
  vi.stubGlobal('addEventListener', (type: string, listener: (event: object) => void) => {
    listeners.set(type, [...(listeners.get(type) ?? []), listener])
  })
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    // A browser notifies only other tabs. Here the writer gets the event too, and must recognise that nothing is new.
    setItem: (key: string, value: string) => {
      stored.set(key, value)
      dispatch('storage', { key, newValue: value })
    },
  })
  const request = <T>(_name: string, work: () => Promise<T>) => {
    const mine = last.then(work)
    last = mine.catch(() => {})
    return mine
  }
  vi.stubGlobal('navigator', { locks: { request } })
  return { stored, dispatch }
}
