/**
 * Returns a bucket that fails at one call, before or after the call took effect, and whether that call was reached.
 * @param number that of the call; the first is 1
 */
export const failingAt = (bucket: R2Bucket, number: number, when: 'before' | 'after') => {
  let calls = 0
  let failed = false
  const proxy = new Proxy(bucket, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        const mine = ++calls === number
        if (mine) failed = true
        if (mine && when === 'before') throw new Error('before')
        const result = await method.apply(target, args)
        if (mine) throw new Error('after')
        return result
      }
    },
  })
  return { proxy, reached: () => failed }
}
