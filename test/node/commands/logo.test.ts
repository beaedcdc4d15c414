import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { root } from '../../../cli/lib/process.ts'
import { logoFault } from '../../../tools/generate/logo.ts'

const svg = (content: string) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">${content}</svg>`

describe("an operator's logo", () => {
  for (const good of [
    readFileSync(join(root, 'ui', 'files', 'favicon.svg'), 'utf8'),
    svg('<style>@media (prefers-color-scheme: dark) { path { fill: white } }</style><path d="M0 0h1v1z"/>'),
    svg('<defs><g id="a"/></defs><use href="#a"/><rect fill="url(#b)"/>'),
    svg('<image href="data:image/png;base64,AA=="/>'),
    `<?xml version="1.0"?>\n${svg('')}`,
  ])
    it(`is taken: ${good.slice(0, 120)}`, () => {
      assert.equal(logoFault(good), undefined)
    })

  for (const [bad, why] of [
    ['<html></html>', /not an SVG/],
    ['\u0089PNG', /not an SVG/],
    [svg('<script>alert(1)</script>'), /active/],
    [svg('<SCRIPT href="#x"/>'), /active/],
    [svg('<path onload="alert(1)"/>'), /active/],
    [svg('<a href="javascript:alert(1)"/>'), /active/],
    [svg('<foreignObject/>'), /active/],
    [svg('<style>@import "x.css"</style>'), /active/],
    [svg('<image href="https://example.com/a.png"/>'), /outside/],
    [svg("<image xlink:href='//example.com/a.png'/>"), /outside/],
    [svg('<rect fill="url(https://example.com/a.svg#b)"/>'), /outside/],
    [svg('<image href="data:text/html,x"/>'), /outside/],
    [svg('x'.repeat(65_536)), /64 KiB/],
  ] as const)
    it(`is refused (CVE-2023-46238): ${bad.slice(0, 120)}`, () => {
      assert.match(logoFault(bad) ?? '', why)
    })
})
