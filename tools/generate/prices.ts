/**
 * Cloudflare's price list for Workers Paid: dollars for a million beyond the monthly included amount, according to its
 * documentation in August 2026; docs/reference/costs.md links to the pages.
 */
export const prices = {
  requests: { name: 'Requests', dollars: 0.3, included: 10e6, at: 'workers/platform/pricing' },
  cpu: { name: 'Milliseconds of CPU', dollars: 0.02, included: 30e6, at: 'workers/platform/pricing' },
  rowsRead: { name: 'D1, rows read', dollars: 0.001, included: 25e9, at: 'd1/platform/pricing' },
  rowsWritten: { name: 'D1, rows written', dollars: 1, included: 50e6, at: 'd1/platform/pricing' },
  kvReads: { name: 'KV, reads', dollars: 0.5, included: 10e6, at: 'kv/platform/pricing' },
  kvWrites: { name: 'KV, writes', dollars: 5, included: 1e6, at: 'kv/platform/pricing' },
  kvDeletes: { name: 'KV, deletions', dollars: 5, included: 1e6, at: 'kv/platform/pricing' },
  classA: { name: 'R2, class A (writes)', dollars: 4.5, included: 1e6, at: 'r2/pricing' },
  classB: { name: 'R2, class B (reads)', dollars: 0.36, included: 10e6, at: 'r2/pricing' },
  images: { name: 'Images, transformations', dollars: 500, included: 5000, at: 'images/pricing' },
  mails: { name: 'Mails', dollars: 350, included: 3000, at: 'email-service/platform/pricing' },
} as const

export type Meter = keyof typeof prices

/** Dollars a month for the plan itself. */
export const plan = 5
