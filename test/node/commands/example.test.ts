import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { root } from '../../../cli/lib/process.ts'
import { links } from '../../../examples/astro/links.mjs'
import { behindLogIn, isForwarded, pageAfterLogIn } from '../../../examples/astro/src/lib/pages.ts'
import { type LinkDefinition, links as linksOfService } from '../../../src/domain/mails.ts'

const site = 'https://www.example.com'

/** Values that anybody may write into `next`, and to which no visitor may be led. */
const elsewhere = [
  '//evil.example',
  '///evil.example/members',
  '/\\evil.example',
  '\\\\evil.example',
  '/.//evil.example/fake-login',
  '/members/..//evil.example',
  '/members/%2e%2e//evil.example',
  '/%2e//evil.example',
  '/\t/evil.example',
  '\n//evil.example/members',
  ' //evil.example/members',
  'https://evil.example/members',
  'HTTPS:evil.example/members',
  'https:/members',
  'https:///evil.example/members',
  'http://www.example.com@evil.example/members',
  'javascript:alert(1)//members',
  'data:text/html,/members',
  'blob:https://www.example.com/members',
  '//[',
  'http://[',
  '//',
  'http://%',
  '',
  '/api/auth/logout',
  '/members/../api/auth/logout',
  '/members/%2E./api/auth/logout?next=/members',
  '/api/auth/logout#/members',
  '?next=/members',
  '/auth/verify-email#token=x',
  '/login',
  '/memberships',
  '/MEMBERS',
  '/account',
  '/console',
  '/cdn-cgi/access/logout',
]

const within = [
  '/members',
  '/members/',
  '/members/list',
  '/members/list?tab=1&x=%2F%2Fevil.example#e-mail',
  '/members?search=a%26b&page=2',
  '/members#//evil.example',
  '/members//evil.example',
]

describe('the page that a log-in at the example leads to', () => {
  for (const next of elsewhere)
    it(`is the members' page for next=${JSON.stringify(next)} (CWE-601)`, () => {
      assert.equal(pageAfterLogIn(next), '/members')
      // The browser parses the result once more.
      assert.equal(new URL(pageAfterLogIn(next), site).origin, site)
    })

  for (const next of within)
    it(`is ${next}, with query and fragment`, () => {
      assert.equal(pageAfterLogIn(next), next)
      assert.equal(new URL(pageAfterLogIn(next), site).origin, site)
    })

  it("is the members' page if none was asked for, and keeps the fragment that the browser kept", () => {
    assert.equal(pageAfterLogIn(null), '/members')
    assert.equal(pageAfterLogIn('/members/sessions?a=b', '#here'), '/members/sessions?a=b#here')
    assert.equal(pageAfterLogIn('/members/sessions#there', '#here'), '/members/sessions#there')
    assert.equal(pageAfterLogIn('//evil.example', '#here'), '/members')
  })

  it('is behind the log-in', () => {
    const paths = ['/members', '/members/x', '/memberships', '/', '/login', '/account', '/x/members']
    assert.deepEqual(paths.map(behindLogIn), [true, true, false, false, false, false, false])
  })
})

/** The paths of the pages of the service, but for its console, its first page and its pages of errors. */
const pagesOfService = globSync('**/*.tsx', { cwd: join(root, 'ui', 'pages') })
  .map((file) => `/${file.replaceAll('\\', '/').replace(/\.tsx$/, '')}`)
  .filter((path) => !/^\/(?:console|index$|errors$|not-found$)/.test(path))

describe('what the example site forwards', () => {
  it('is the API by every method, and the pages of the service by GET and HEAD alone', () => {
    for (const path of ['/api', '/api/auth/login', '/api/'])
      for (const method of ['GET', 'POST', 'DELETE']) assert.equal(isForwarded(method, path), true, path)
    assert.ok(pagesOfService.includes('/auth/login/mail/link'))
    for (const path of [...pagesOfService, '/ui/brand.css', '/.well-known/change-password']) {
      for (const method of ['GET', 'HEAD']) assert.equal(isForwarded(method, path), true, path)
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) assert.equal(isForwarded(method, path), false, path)
    }
  })

  it('is neither the console nor anything else of the service', () => {
    for (const path of ['/console', '/console/users', '/docs', '/openapi.json', '/health', '/avatars/x', '/', '/login'])
      assert.equal(isForwarded('GET', path), false, path)
    for (const path of [
      '/apis',
      '/sign-up/x',
      '/sign-ins',
      '/accounts',
      '/uix',
      '/x/api',
      '//api',
      '/.well-known/jwks.json',
    ])
      assert.equal(isForwarded('GET', path), false, path)
  })
})

describe('the settings of links with which the example starts the service', () => {
  it('are those of all links that would lead to the service, to pages with the same paths', () => {
    const ofService = Object.values<LinkDefinition>(linksOfService).filter(({ onSite }) => !onSite)
    assert.deepEqual(links, Object.fromEntries(ofService.map(({ setting, page }) => [setting, `/auth/${page}`])))
  })
})
