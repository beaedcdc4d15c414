import assert from 'node:assert/strict'
import type { Locator, Page } from 'playwright-core'

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
  // The focus is on a link of the framed document, which draws its own ring and cannot be read from here.
  if (focused.localName === 'iframe') return ''
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
  await page.evaluate('window.focusedBefore = document.activeElement')
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
  await page.evaluate('focusedBefore?.focus()')
}

/** Whether the control has the focus. */
export const isFocused = async (control: Locator) => (await control.and(control.page().locator(':focus')).count()) > 0

/** Presses Tab until the control has the focus. */
export const tabTo = async (page: Page, control: Locator): Promise<void> => {
  await control.waitFor()
  for (let steps = 0; steps < 100; steps++) {
    if (await isFocused(control)) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`${page.url()}: Tab does not come to ${control}`)
}

/** Presses Tab until the control has the focus, and then Enter. */
export const enter = async (page: Page, control: Locator): Promise<void> => {
  await tabTo(page, control)
  await page.keyboard.press('Enter')
}

/** Tabs into a field and replaces what it contains. */
export const type = async (page: Page, field: Locator, text: string): Promise<void> => {
  await tabTo(page, field)
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type(text)
}

/** Asserts that the focus does not leave the open dialog, neither forwards nor backwards. */
export const staysInDialog = async (page: Page): Promise<void> => {
  // Between the last control and the first one, the focus is on the browser's own controls, and so on none of the page.
  const outside = `document.activeElement.closest('dialog[open]') || document.activeElement === document.body
    ? '' : document.activeElement.outerHTML.slice(0, 120)`
  for (const key of ['Tab', 'Shift+Tab'])
    for (let steps = 0; steps < 12; steps++) {
      await page.keyboard.press(key)
      assert.equal(await page.evaluate<string>(outside), '', `${key} leaves the dialog`)
    }
}
