import * as populated from '../support/budgets/populated.ts'
import { read } from '../support/faults/arranged-admin.ts'
import type { Operations } from './operation.ts'

export const advice: Operations = {
  'GET /api/admin/settings': {
    costs: { 'asked by an admin': { trips: 1, statements: 1, rows: [4, 0], request: populated.asAdmin } },
    faults: [read()],
  },
}
