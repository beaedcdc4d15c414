/** The fault of one member of what was sent. */
export type FieldFault = { field: string; code: string; detail: string }

type Members = {
  errors?: FieldFault[]
  methods?: string[]
  trust_days?: number
  recovery_hours?: number
  unknown_credential?: boolean
  code_to_type?: string
}

/** What the service answered instead of doing what it was asked (RFC 9457), or that it could not be reached. */
export class Refusal extends Error {
  readonly code: string
  readonly errors: FieldFault[]
  /** Seconds; NaN if the reply names none. */
  readonly retryAfter: number
  /** The methods that the second step of a log-in accepts; one of them is enough. */
  readonly methods: string[]
  /** The days for which the device could be trusted. */
  readonly trustDays: number | undefined
  /** The hours after which lost factors could be removed. */
  readonly recoveryHours: number | undefined
  /** The service does not have the passkey. */
  readonly unknownCredential: boolean
  /** The code of a log-in mail, to type in the browser that asked for the mail. */
  readonly codeToType: string | undefined

  constructor(
    code: string,
    detail: string | undefined,
    { errors = [], methods = [], trust_days, recovery_hours, unknown_credential = false, code_to_type }: Members = {},
    retryAfter = Number.NaN,
  ) {
    super(detail)
    this.code = code
    this.errors = errors
    this.methods = methods
    this.trustDays = trust_days
    this.recoveryHours = recovery_hours
    this.unknownCredential = unknown_credential
    this.codeToType = code_to_type
    this.retryAfter = retryAfter
  }
}

/** The user cancelled. Nothing has happened, and there is nothing to report. */
export class Cancelled extends Error {}

/** What both this refusal and that of the typed client have. */
export type Refused = { code: string; message: string; errors: FieldFault[]; retryAfter?: number | undefined }

export const isRefusal = (error: unknown): error is Refused =>
  error instanceof Error && 'errors' in error && 'code' in error
