import { connectionLost, faulty } from './faulty.ts'

/** How a call fails: before its work, or after it, so that only the answer is lost. */
type Fault = 'before' | 'after'

/** Returns a D1 that works until a test makes it fail. A batch is one call. */
export const faultyD1 = (d1: D1Database) => {
  let next: Fault[] = []
  let down = false

  return {
    binding: faulty(d1, async (_call, go) => {
      const fault = down ? 'before' : next.shift()
      if (fault === 'before') throw connectionLost()
      const result = await go()
      if (fault === 'after') throw connectionLost()
      return result
    }),
    /** Makes the next calls fail, each in its way. The service tries a call three times. */
    fail: (...faults: Fault[]) => {
      next = faults
    },
    /** Makes every call fail, or none any more. */
    down: (value = true) => {
      down = value
    },
  }
}

/** Returns a KV that never shows a write, as other locations see it for a minute or more. */
export const staleKv = () =>
  ({ get: async () => null, put: async () => undefined, delete: async () => undefined }) as unknown as KVNamespace

/** Returns a KV that throws, or never answers. */
export const brokenKv = (how: 'throws' | 'hangs') => {
  const call = () =>
    how === 'throws' ? Promise.reject(new Error('KV GET failed: 500')) : new Promise<never>(() => undefined)
  return { get: call, put: async () => undefined } as unknown as KVNamespace
}
