import { connectionLost, faulty } from './faulty.ts'

/** What a call does in place of its work: nothing, or its work and then its answer is lost on the way. */
type Fault = 'before' | 'after'

/** A D1 that works until it is told otherwise. A batch is one call. */
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
    /** The next calls fail, one by one in this way. The service tries a call three times. */
    fail: (...faults: Fault[]) => {
      next = faults
    },
    /** Every call fails, or none does any more. */
    down: (value = true) => {
      down = value
    },
  }
}

/** A KV that never learns of a write: what another place on earth sees for a minute and more after it. */
export const staleKv = () =>
  ({ get: async () => null, put: async () => undefined, delete: async () => undefined }) as unknown as KVNamespace

/** A KV that throws, or never answers. */
export const brokenKv = (how: 'throws' | 'hangs') => {
  const call = () =>
    how === 'throws' ? Promise.reject(new Error('KV GET failed: 500')) : new Promise<never>(() => undefined)
  return { get: call, put: async () => undefined } as unknown as KVNamespace
}
