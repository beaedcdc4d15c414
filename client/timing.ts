/** Rejects when the signal aborts. The underlying work continues for others. */
export const abortable = async <T>(promise: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> => {
  if (!signal) return promise
  // Signals in React Native have no reason.
  const reason = () => signal.reason ?? Object.assign(new Error('Aborted'), { name: 'AbortError' })
  if (signal.aborted) throw reason()
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(reason())
  })
  signal.addEventListener('abort', abort)
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort))
}

/** Aborts work that takes longer than `milliseconds`. React Native has no `AbortSignal.timeout`. */
export const inTime = async <T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new Error('no answer in time')), milliseconds)
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Runs the work under a Web Lock, which covers all tabs and workers of an origin. Where Web Locks are missing, as in
 * React Native and on pages without TLS, it runs at once.
 */
export const exclusively = <T>(name: string, work: () => Promise<T>): Promise<T> => {
  const locks = globalThis.navigator?.locks
  return locks ? (locks.request(name, work) as Promise<T>) : work()
}
