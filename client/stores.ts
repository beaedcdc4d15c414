/** `userId`: the user of the tokens. A store that keeps it lets the client tell users apart. */
export type Tokens = { accessToken: string; refreshToken: string; userId?: string | undefined }

/** Where tokens are kept between requests. `set` with undefined removes them. */
export type TokenStore = {
  get: () => Tokens | undefined | Promise<Tokens | undefined>
  set: (tokens: Tokens | undefined) => void | Promise<void>
}

/**
 * Where the device token, or the token of a trusted device, is kept: separately, so that it survives log-outs. Neither
 * grants access without the password.
 */
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

/** Keeps tokens in memory: they are gone with the page or the process. */
export const memoryTokens = (initial?: Tokens): TokenStore => inMemory(initial)

export const memoryDevice = (): DeviceStore => inMemory<string>()
