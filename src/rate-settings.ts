import * as z from 'zod/mini'
import { limits, type Rates } from './domain/limits.ts'
import { rate } from './setting-values.ts'

type LimitSetting = (typeof limits)[keyof Rates]['setting']

/** The variables of limits. NIST SP 800-63B-4 §3.2.2 allows no more than 100 consecutive failures. */
export const rates = Object.fromEntries(
  Object.values(limits).map((limit) => [limit.setting, rate(limit, 'sliding' in limit ? 100 : undefined)]),
) as Record<LimitSetting, ReturnType<typeof rate>>

/** The factor by which all limits are multiplied. */
export const factor = z.pipe(
  z.transform((value) => (typeof value === 'object' ? Number.NaN : Number(value))),
  z.number().check(z.positive(), z.maximum(10_000)),
)
