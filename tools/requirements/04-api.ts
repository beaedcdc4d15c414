import { type Chapter, zone } from './requirement.ts'

export const api: Chapter = {
  chapter: 4,
  heading: 'V4 API and web service',
  levels: { 1: 2, 2: 8 },
  requirements: [
    {
      id: '4.1.1',
      level: 1,
      asks: 'A reply declares its media type, and its charset if it is text.',
      does: 'Each reply is checked against docs/openapi.json throughout the tests; JSON is UTF-8 by definition (RFC 8259)',
    },
    {
      id: '4.1.2',
      level: 2,
      asks: 'The API does not silently redirect http to https.',
      does: 'With an https `APP_URL`, plain http is 403: src/app.ts',
    },
    {
      id: '4.1.3',
      level: 2,
      asks: 'Visitors cannot forge headers that a proxy sets.',
      does: 'only `CF-Connecting-IP`, or a proxy that knows `PROXY_KEY`: src/routes/visitor.ts',
    },
    { id: '4.1.4', level: 3, asks: 'Only supported methods can be used.', does: '405 with `Allow`: src/app.ts' },
    {
      id: '4.2.1',
      level: 2,
      asks: 'All parties agree on where a message ends (request smuggling).',
      does: "Only Cloudflare's edge parses HTTP; bodies are counted while they are read",
      instead: zone(),
    },
    {
      id: '4.2.5',
      level: 3,
      asks: 'Outgoing requests are not too long for their receiver.',
      does: 'Members have lengths: docs/reference/limits.md#sizes',
    },
  ],
  absent: [
    { why: 'there is no GraphQL', ids: ['4.3.1', '4.3.2'] },
    { why: 'there is no WebSocket', ids: ['4.4.1', '4.4.2', '4.4.3', '4.4.4'] },
  ],
}
