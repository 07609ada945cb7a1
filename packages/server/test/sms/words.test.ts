/** What an SMS says: little, without links, and with the line by which browsers fill the code in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { smsText } from '../../src/sms/words.ts'
import { message, SITE } from './server.ts'

test('a code fits one SMS and ends bound to this site’s name', () => {
  for (const kind of ['sign-in-code', 'contact-code'] as const) {
    const text = smsText(message({ kind }), SITE) ?? ''
    assert.ok(text.length <= 160, `${text.length} characters`)
    assert.ok(text.startsWith('492039 '))
    assert.equal(text.split('\n').at(-1), '@login.example.com #492039')
  }
})

test('nothing that others may have chosen is in it, and no link', () => {
  const evil = 'https://evil.example'
  for (const kind of [
    'sign-in-code',
    'contact-code',
    'contact-changed',
    'contact-removed',
  ] as const) {
    const text = smsText(
      message({ kind, login: evil, data: { about: evil, userAgent: evil } }),
      SITE,
    )
    assert.doesNotMatch(text ?? assert.fail(kind), /evil|https?:/)
  }
})
