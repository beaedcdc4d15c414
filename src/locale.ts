import * as z from 'zod/mini'

const lengths: Record<string, string> = { string: ' characters', array: ' entries' }

const sized = (bound: string, origin: string, size: number | bigint) =>
  `must ${lengths[origin] ? 'have' : 'be'} ${bound} ${size}${lengths[origin] ?? ''}`

/** Words that follow the name of a member or a setting, and say what to write. */
const messageOf = (issue: z.core.$ZodRawIssue): string => {
  if (issue.code === 'too_small') return sized('at least', issue.origin, issue.minimum)
  if (issue.code === 'too_big') return sized('at most', issue.origin, issue.maximum)
  if (issue.code === 'invalid_type') return `must be of the type ${issue.expected}`
  if (issue.code === 'invalid_value')
    return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
  return issue.code === 'invalid_format' && issue.format === 'datetime'
    ? 'must be a time such as 2026-01-31T12:00:00Z'
    : 'is not valid'
}

// zod/mini has no messages of its own, and those of zod's languages do not say what to write.
z.config({ localeError: messageOf })
