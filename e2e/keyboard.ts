import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'

/** Marks what a keyboard must reach: visible controls that are not switched off, in the open dialog if there is one. */
const mark = `{
  const within = document.querySelector('dialog[open]') ?? document
  const controls = 'a[href], button, input, select, textarea, summary, [tabindex="0"]'
  window.unreached = new Set([...within.querySelectorAll(controls)].filter((element) =>
    element.tabIndex >= 0 && !element.disabled && !element.closest('fieldset:disabled') && element.checkVisibility({ visibilityProperty: true })))
  document.activeElement?.blur()
}`

/** Notes the focused element, and returns what is wrong with it. */
const note = `(() => {
  const focused = document.activeElement
  if (!focused || focused === document.body) return 'nothing'
  unreached.delete(focused)
  const { outlineStyle, outlineWidth } = getComputedStyle(focused)
  const seen = focused.getBoundingClientRect()
  const clear = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
  const label = document.querySelector('label:has(+ #' + CSS.escape(focused.id || '-') + ')')
  const byLabel = label !== null && getComputedStyle(label).outlineStyle !== 'none'
  if (!clear && !byLabel) return 'its focus is not visible: ' + focused.outerHTML.slice(0, 120)
  return seen.bottom <= 0 || seen.top >= innerHeight ? 'it is out of sight: ' + focused.outerHTML.slice(0, 120) : ''
})()`

/** Asserts that the Tab key reaches every control of the page, and that the focus can be seen on each. */
export const walk = async (page: Page): Promise<void> => {
  const focused = await page.evaluateHandle('document.activeElement')
  await page.evaluate(mark)
  const most = 3 + (await page.evaluate<number>('unreached.size')) * 2
  const faults: string[] = []
  for (let steps = 0; steps < most && (await page.evaluate('unreached.size > 0')); steps++) {
    await page.keyboard.press('Tab')
    const fault = await page.evaluate<string>(note)
    if (fault !== '' && fault !== 'nothing') faults.push(fault)
  }
  assert.deepEqual(faults, [], page.url())
  const missed = await page.evaluate<string[]>('[...unreached].map((element) => element.outerHTML.slice(0, 120))')
  assert.deepEqual(missed, [], `${page.url()}: not reached by Tab`)
  await focused.evaluate('(element) => element?.focus?.()').catch(() => {})
  await focused.dispose()
}
