import * as populated from '../support/budgets/populated.ts'
import { read } from '../support/faults/arranged-admin.ts'
import type { Operations } from './operation.ts'

export const auditArchive: Operations = {
  'GET /api/admin/audit/archive': {
    costs: {
      '100, the newest': {
        trips: 2,
        statements: 2,
        rows: [104, 0],
        request: async (world) => ({ ...populated.asAdmin(world), query: '?per_page=100' }),
      },
    },
    faults: [read()],
  },
}
