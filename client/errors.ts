import type { ErrorCode } from './api.ts'
import { sentences } from './sentences.ts'

/** One fault of the input. `field` is a path such as `phone`. */
export type FieldError = { field: string; code: string; detail: string }

/** Codes of the service, and those of this client: no answer, an answer that is not the service's, and another user. */
export type Code = ErrorCode | 'unreachable' | 'unexpected_reply' | 'user_changed'

/**
 * What a log-in or a re-authentication needs besides the password: a second factor, which the user gives or first has
 * to add.
 */
export type SecondFactorNeeded = {
  /** For the next step; undefined if a cookie has it, and in a re-authentication. */
  challenge: string | undefined
  /** What the user can give or add, in the order in which to offer it. */
  methods: string[]
  /** At log-in, if devices can be trusted: how many days `trust_device` lasts. */
  trustDays: number | undefined
}

type Parts = {
  status?: number
  detail?: string
  errors?: FieldError[]
  retryAfter?: number | undefined
  requestId?: string | undefined
  secondFactor?: SecondFactorNeeded | undefined
  unknownCredential?: boolean
  codeToType?: string | undefined
  cause?: unknown
}

/** A refusal (RFC 9457), or the failure to get an answer. `message` is a sentence for people. */
export class GatehouseError extends Error {
  override readonly name = 'GatehouseError'
  readonly code: Code
  /** The status of the reply; 0 if there was none. */
  readonly status: number
  readonly errors: FieldError[]
  /** Seconds to wait before trying again. */
  readonly retryAfter: number | undefined
  readonly requestId: string | undefined
  /** With the codes `second_factor_required` and `enrolment_required`. */
  readonly secondFactor: SecondFactorNeeded | undefined
  /** With the code `passkey_refused`: the service does not have that passkey. */
  readonly unknownCredential: boolean
  /** With the code `other_browser`: the code to type where the user asked for the mail. */
  readonly codeToType: string | undefined

  constructor(
    code: Code,
    {
      status = 0,
      detail = sentences[code],
      errors = [],
      retryAfter,
      requestId,
      secondFactor,
      unknownCredential = false,
      codeToType,
      cause,
    }: Parts = {},
  ) {
    super(detail, { cause })
    this.code = code
    this.status = status
    this.errors = errors
    this.retryAfter = retryAfter
    this.requestId = requestId
    this.secondFactor = secondFactor
    this.unknownCredential = unknownCredential
    this.codeToType = codeToType
  }

  /** Returns the fault of one member. */
  field(name: string): FieldError | undefined {
    return this.errors.find((error) => error.field === name)
  }
}

const seconds = (response: Response) => {
  const value = response.headers.get('Retry-After')
  return value !== null && /^\d+$/.test(value) ? Number(value) : undefined
}

/** Parses a refusal. A proxy may have answered in the service's place, in any form. */
export const refusal = async (response: Response): Promise<GatehouseError> => {
  const { status } = response
  const retryAfter = seconds(response)
  try {
    const { code, detail, errors, request_id, challenge, methods, trust_days, ...more } = JSON.parse(
      await response.text(),
    )
    if (typeof code === 'string')
      return new GatehouseError(code as Code, {
        status,
        detail,
        errors,
        retryAfter,
        requestId: request_id,
        secondFactor: Array.isArray(methods) ? { challenge, methods, trustDays: trust_days } : undefined,
        unknownCredential: more.unknown_credential === true,
        codeToType: more.code_to_type,
      })
  } catch {}
  return new GatehouseError('unexpected_reply', { status, retryAfter })
}
