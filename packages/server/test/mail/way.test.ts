/** Where mails are shown in the place of being sent: to whoever sits at the machine, or nobody. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from 'halfminute'
import { mailOf, mailWay } from '../../src/mail/mail.ts'

const wayOf = (env: Record<string, string>) => mailWay(readSettings({ env, flags: {} }))

/* A terminal goes to logs, and a link for a new password in a log is anybody's who reads it. */
test('a server that others use shows no links, neither in its terminal nor on a page [R44]', () => {
  assert.equal(wayOf({}), 'shown')
  assert.equal(wayOf({ HALFMINUTE_BASE_URL: 'http://localhost:8080' }), 'shown')
  assert.equal(wayOf({ HALFMINUTE_BASE_URL: 'https://login.example.com' }), 'none')
  assert.equal(wayOf({ HALFMINUTE_HOST: '0.0.0.0' }), 'none')
  const baseUrl = { HALFMINUTE_BASE_URL: 'https://login.example.com' }
  assert.equal(wayOf({ NODE_ENV: 'production', ...baseUrl }), 'none')
})

test('codes that nothing sends stop the start, unless they are shown', () => {
  const on = { HALFMINUTE_EMAIL_CODES: 'on' }
  assert.equal(wayOf(on), 'shown')
  assert.throws(() => wayOf({ ...on, HALFMINUTE_HOST: '0.0.0.0' }), /HALFMINUTE_EMAIL_CODES/)
})

test('the page has an address that nobody guesses', () => {
  const settings = readSettings({ env: {}, flags: {} })
  const ports = { tell: () => {}, nowSeconds: () => 0, randomText: () => 'unguessable' }
  assert.equal(
    mailOf(settings, 'http://localhost:8080', ports).shown?.path,
    '/dev/mail/unguessable',
  )
})
