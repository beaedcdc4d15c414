import { zValidator } from '@hono/zod-validator'
import type { Context, MiddlewareHandler, ValidationTargets } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import type * as z from 'zod/mini'
import { AuthError, type FieldError } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'
import '../locale.ts'
import { isForm, mediaType } from './media.ts'
import { inOurWords, warningsOn } from './spellings.ts'

/** Limits the bytes of a JSON or form body, counted while it is read and before it is parsed. */
export const limitBody = bodyLimit({
  maxSize: 16 * 1024,
  onError: () => {
    throw new AuthError('payload_too_large')
  },
})

/**
 * Validates a target of the request. Every validator refuses bad input in the same way.
 * @param first a check of the input before the faults of the schema are reported; it refuses by throwing
 */
export const valid = <S extends z.ZodMiniType, T extends keyof ValidationTargets>(
  target: T,
  schema: S,
  first?: (input: unknown, c: Context<AppEnv>) => void,
) =>
  zValidator(
    target,
    schema,
    (result, c: Context) => {
      const { read } = result as { read?: unknown }
      first?.(read, c)
      if (!result.success) throw refusal(result.error.issues, read)
      if (target === 'json') c.set('warnings', warningsOn(schema, read))
    },
    {
      validationFunction: async (_, value) => {
        const read = translated(target, schema, value)
        // The expected type names schemas of zod's other entry point.
        return { ...(await schema.safeParseAsync(read)), read } as never
      },
    },
  )

/** JSON bodies and queries may use the spellings of older services. */
const translated = (target: keyof ValidationTargets, schema: z.ZodMiniType, value: unknown) =>
  target === 'json' || target === 'query' ? inOurWords(schema, value, target === 'query') : value

/** Validates a JSON body. Any other media type is refused with 415, invalid JSON with 400. */
export const json = <S extends z.ZodMiniType>(schema: S) => both(readJson, valid('json', schema))

/** Validates a JSON body; a missing body means an empty object. */
export const optionalJson = <S extends z.ZodMiniType>(schema: S) => optional(schema, json(schema))

/** Makes a body optional for this validator: a missing body means an empty object. */
export const optional = <S extends z.ZodMiniType, H extends ReturnType<typeof json<S>>>(schema: S, validator: H): H => {
  const reading: MiddlewareHandler = async (c, next) => {
    if ((await c.req.arrayBuffer()).byteLength > 0) return validator(c as never, next)
    const parsed = await schema.safeParseAsync({})
    if (!parsed.success) throw refusal(parsed.error.issues, {})
    c.req.addValidatedData('json', parsed.data as object)
    await next()
  }
  return reading as H
}

/** Comes first in operations that accept an OAuth form, so that every refusal of one uses OAuth's words. */
export const mayBeOAuth = createMiddleware<AppEnv>(async (c, next) => {
  if (isForm(c)) c.set('oauth', 'form')
  await next()
})

/**
 * Validates a JSON body, or a URL-encoded form, which it translates into a JSON body.
 * @param grantType OAuth's grant type of the form; older clients send forms without one
 */
export const jsonOrForm = <S extends z.ZodMiniType, F extends z.ZodMiniType>(
  schema: S,
  grantType: string,
  form: F,
  translate: (form: z.output<F>) => z.output<S>,
) => {
  const validator = json(schema)
  const fromForm = valid('form', form, (input, c) => {
    const named = [(input as { grant_type?: unknown }).grant_type ?? []].flat().filter((one) => one !== '')
    if (named.length > 0) c.set('oauth', 'grant')
    if (named.some((one) => one !== grantType)) throw new AuthError('unsupported_grant_type')
  })
  const either: typeof validator = (c, next) => {
    const type = mediaType(c)
    if (type !== undefined && type !== 'application/json' && !isForm(c))
      throw new AuthError('unsupported_media_type', { detail: eitherType })
    if (!isForm(c)) return validator(c, next)
    return fromForm(c as never, async () => {
      c.req.addValidatedData('json', translate(c.req.valid('form' as never) as z.output<F>) as object)
      await next()
    })
  }
  return either
}

const eitherType =
  'Send JSON, with Content-Type: application/json, or a form, with Content-Type: application/x-www-form-urlencoded.'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** Hono's own parser turns a wrong media type into an empty object, and bad UTF-8 into replacement characters. */
const readJson = createMiddleware<AppEnv>(async (c, next) => {
  const encoding = c.req.header('Content-Encoding')
  if (mediaType(c) !== 'application/json' || (encoding !== undefined && encoding !== 'identity'))
    throw new AuthError('unsupported_media_type', { detail: 'Send JSON, with Content-Type: application/json.' })
  try {
    const text = utf8.decode(await c.req.arrayBuffer())
    // Hono would make a Response of the bytes and decode them again.
    Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })
  } catch (error) {
    throw error instanceof AuthError ? error : new AuthError('malformed_json')
  }
  await next()
  const warnings = c.get('warnings')
  if (warnings?.length && c.res.ok)
    c.res = new Response(JSON.stringify({ ...((await c.res.json()) as object), warnings }), c.res)
})

/** Runs the first before the second and keeps the second's types for the typed client. */
const both = <H extends MiddlewareHandler>(first: MiddlewareHandler, second: H): H =>
  ((c, next) => first(c, () => second(c, next) as Promise<void>)) as H

/** The code of a faulty member by zod's name for the fault; a schema may set its own. */
const codes: Partial<Record<z.core.$ZodIssue['code'], string>> = {
  invalid_type: 'invalid_type',
}

/** Lengths have their own codes, but a number is not long or short. */
const codeOf = (issue: z.core.$ZodIssue): string | undefined => {
  if (issue.code === 'custom') return issue.params?.code as string | undefined
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return codes[issue.code]
  const [small, big] = issue.origin === 'number' ? ['too_small', 'too_large'] : ['too_short', 'too_long']
  return issue.code === 'too_small' ? small : big
}

/** zod names the faulty member, but not whether it was present. */
const memberOf = (input: unknown, path: PropertyKey[]) =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], input)

/** How many unknown members a refusal names at most: a body may be full of them. */
const mostNamed = 20

const unknown = (field: string): FieldError => ({
  field,
  code: 'unknown_member',
  detail: 'is not a member of this request',
})

const refusal = (issues: z.core.$ZodIssue[], input: unknown) =>
  new AuthError('validation_failed', {
    errors: issues.flatMap((issue): FieldError | FieldError[] => {
      if (issue.code === 'unrecognized_keys') return issue.keys.slice(0, mostNamed).map(unknown)
      const missing = /^invalid_(type|value)$/.test(issue.code) && memberOf(input, issue.path) === undefined
      return {
        field: issue.path.map(String).join('.'),
        code: missing ? 'required' : (codeOf(issue) ?? 'invalid'),
        detail: missing ? 'is required' : issue.message,
      }
    }),
  })
