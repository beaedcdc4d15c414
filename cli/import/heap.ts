import { setFlagsFromString } from 'node:v8'

// By default V8 lets the heap grow to a multiple of its size before it collects garbage. That is faster, but 100,000
// users take 700 MB. With these flags they take less than 500 MB, which import-memory.test.ts checks.
setFlagsFromString('--heap-growing-percent=5')
setFlagsFromString('--max-semi-space-size=2')
