import gatehouse from '../../src/index.ts'
import { counting } from './counting.ts'

export default counting<Env>(() => gatehouse)
