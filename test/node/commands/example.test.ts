import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { behindLogIn, pageAfterLogIn } from '../../../examples/astro/src/lib/pages.ts'

const site = 'https://www.example.com'

/** Values that anybody may write into `next`, and to which no visitor may be led. */
const elsewhere = [
  '//evil.example',
  '///evil.example/account',
  '/\\evil.example',
  '\\\\evil.example',
  '/.//evil.example/fake-login',
  '/account/..//evil.example',
  '/account/%2e%2e//evil.example',
  '/%2e//evil.example',
  '/\t/evil.example',
  '\n//evil.example/account',
  ' //evil.example/account',
  'https://evil.example/account',
  'HTTPS:evil.example/account',
  'https:/account',
  'https:///evil.example/account',
  'http://www.example.com@evil.example/account',
  'javascript:alert(1)//account',
  'data:text/html,/account',
  'blob:https://www.example.com/account',
  '//[',
  'http://[',
  '//',
  'http://%',
  '',
  '/api/auth/logout',
  '/account/../api/auth/logout',
  '/account/%2E./api/auth/logout?next=/account',
  '/api/auth/logout#/account',
  '?next=/account',
  '/auth/verify-email#token=x',
  '/login',
  '/accounts',
  '/ACCOUNT',
  '/cdn-cgi/access/logout',
]

const within = [
  '/account',
  '/account/',
  '/account/security',
  '/account/security?tab=1&x=%2F%2Fevil.example#e-mail',
  '/admin/users?search=a%26b&page=2',
  '/admin',
  '/account#//evil.example',
  '/account//evil.example',
]

describe('the page that a log-in at the example leads to', () => {
  for (const next of elsewhere)
    it(`is the account for next=${JSON.stringify(next)} (CWE-601)`, () => {
      assert.equal(pageAfterLogIn(next), '/account')
      // The browser parses the result once more.
      assert.equal(new URL(pageAfterLogIn(next), site).origin, site)
    })

  for (const next of within)
    it(`is ${next}, with query and fragment`, () => {
      assert.equal(pageAfterLogIn(next), next)
      assert.equal(new URL(pageAfterLogIn(next), site).origin, site)
    })

  it('is the account if none was asked for, and keeps the fragment that the browser kept', () => {
    assert.equal(pageAfterLogIn(null), '/account')
    assert.equal(pageAfterLogIn('/account/sessions?a=b', '#here'), '/account/sessions?a=b#here')
    assert.equal(pageAfterLogIn('/account/sessions#there', '#here'), '/account/sessions#there')
    assert.equal(pageAfterLogIn('//evil.example', '#here'), '/account')
  })

  it('is behind the log-in', () => {
    assert.deepEqual(['/account', '/account/x', '/admin/', '/accounts', '/', '/login', '/x/account'].map(behindLogIn), [
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ])
  })
})
