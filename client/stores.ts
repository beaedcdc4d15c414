/** `userId`: whose they are. A store that keeps it lets the client tell users apart. */
export type Tokens = { accessToken: string; refreshToken: string; userId?: string | undefined }

/** Where tokens are kept between requests. `set` with undefined forgets them. */
export type TokenStore = {
  get: () => Tokens | undefined | Promise<Tokens | undefined>
  set: (tokens: Tokens | undefined) => void | Promise<void>
}

/** Where that is kept which makes this device a known one: over log-outs, and apart from what they forget. It opens nothing. */
export type DeviceStore = {
  get: () => string | undefined | Promise<string | undefined>
  set: (device: string) => void | Promise<void>
}

const inMemory = <T>(initial?: T) => {
  let kept = initial
  return {
    get: () => kept,
    set: (next: T | undefined) => {
      kept = next
    },
  }
}

/** Tokens in memory: gone with the page or the process. */
export const memoryTokens = (initial?: Tokens): TokenStore => inMemory(initial)

export const memoryDevice = (): DeviceStore => inMemory<string>()
