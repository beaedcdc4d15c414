/**
 * Names the wrong settings, never their values. Every request except `/health` is then answered with 500
 * `misconfigured`. `faults`: one for each setting, as `NAME: what is wrong`.
 */
export class Misconfigured extends Error {
  override readonly name = 'Misconfigured'
  readonly faults: string[]

  constructor(faults: string[]) {
    super(faults.join('; '))
    this.faults = faults
  }
}
