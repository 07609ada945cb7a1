/** What people read: each kind of message has all its parts, and nobody else can write into it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message, MessageKind } from '@halfminute/engine'
import { letterOf } from '../../src/mail/letter.ts'

const SITE = { issuer: 'ACME', baseUrl: 'https://login.example.com' }
const SECRET = 'a-token-of-43-characters.and-an-account'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** Every kind, and whether it carries a secret. One without a row does not compile. */
const KINDS: Readonly<Record<MessageKind, boolean>> = {
  'admin-claimed': false,
  'admin-ended-sessions': false,
  'admin-invitation-used': false,
  'admin-removed-factor': false,
  'admin-reset': false,
  'admin-revoked': false,
  'authenticator-resynchronised': false,
  'browser-trusted': false,
  'codes-closed': false,
  'contact-changed': false,
  'contact-code': true,
  'contact-confirmed': false,
  'contact-removed': false,
  'email-code-used': false,
  'factor-added': false,
  'factor-disabled': false,
  'factor-removed': false,
  'login-taken': false,
  'new-browser': false,
  'password-changed': false,
  'password-reset': false,
  'password-reset-link': true,
  'recovery-code-used': false,
  'recovery-codes-replaced': false,
  'sign-in-code': true,
  'trust-abused': false,
  'wrong-code': false,
}

function message(kind: MessageKind, over: Partial<Message> = {}): Message {
  return {
    id: 'message-1',
    accountId: 'account-1',
    channel: 'email',
    recipient: 'ada@example.com',
    kind,
    login: 'ada@example.com',
    at: 1_790_000_160,
    expiresAt: 1_790_100_000,
    data: { source: '192.0.2.10', userAgent: FIREFOX, about: 'phone' },
    secret: SECRET,
    ...over,
  }
}

const subjects = new Set<string>()

for (const [kind, carriesSecret] of Object.entries(KINDS) as [MessageKind, boolean][]) {
  test(`${kind}: subject, text and HTML say what, when, from where, and what to do [R36]`, async () => {
    const { subject, text, html } = await letterOf(message(kind), SITE)
    assert.match(subject, /^[A-Z].{8,60}[^.]$/)
    assert.equal(subjects.has(subject), false, 'no two kinds have one subject')
    subjects.add(subject)
    for (const body of [text, html]) {
      for (const part of [
        'ada@example.com',
        'ACME',
        '21 September 2026 at 14:16 UTC',
        '192.0.2.10',
        'Firefox on Linux',
        'https://login.example.com/',
      ]) {
        assert.ok(body.includes(part), `${part} in ${body}`)
      }
      assert.match(body, /If (it was not you|you did not)/)
    }
  })

  test(`${kind}: it holds ${carriesSecret ? 'its' : 'no'} secret, and never in what a server is sent [R37]`, async () => {
    const { text, html } = await letterOf(message(kind), SITE)
    assert.equal(text.includes(SECRET), carriesSecret)
    assert.equal(html.includes(SECRET), carriesSecret)
    for (const [address] of `${text} ${html}`.matchAll(/https?:[^\s"<]+/g)) {
      const { origin, pathname, search } = new URL(address)
      assert.equal(origin, SITE.baseUrl)
      assert.equal(`${pathname}${search}`.includes(SECRET), false)
      assert.equal(search, '')
    }
  })

  test(`${kind}: what others typed is text, and loads nothing`, async () => {
    const evil = '<img src="https://evil.example/x.png" onerror=alert(1)>'
    const data = { source: evil, userAgent: evil, about: evil }
    const { html, text } = await letterOf(message(kind, { login: evil, data }), {
      ...SITE,
      issuer: evil,
    })
    assert.doesNotMatch(html, /<(img|script|link|iframe|object|form)|<[^>]*(src=|url\()/i)
    assert.ok(text.includes('<img'), 'the text needs no escaping')
  })

  test(`${kind}: without a login, an address or a browser it is whole as well`, async () => {
    const data = { source: null, userAgent: null, about: null }
    const { subject, text, html } = await letterOf(message(kind, { login: null, data }), SITE)
    for (const part of [subject, text, html]) assert.doesNotMatch(part, /null|undefined|NaN/)
  })
}

/* Registering with somebody else's address, to have our server send them a link of the attacker's. */
test('a name that a mail program would make a link of is not repeated', async () => {
  for (const about of [
    'win at https://evil.example',
    'evil.example/win',
    'ring evil@example.com',
    'www.evil.example',
  ]) {
    const { text, html } = await letterOf(message('factor-added', { data: { about } }), SITE)
    assert.equal(`${text}${html}`.includes('evil'), false, about)
  }
  const plain = await letterOf(
    message('factor-added', { data: { about: 'St. Ada’s phone' } }),
    SITE,
  )
  assert.ok(plain.text.includes('“St. Ada’s phone”'))
})

test('a login that is no address is not repeated to an address that may be anybody’s', async () => {
  for (const login of [
    'win at https://evil.example',
    'evil.example/win',
    'ring evil@example.com',
  ]) {
    const { text, html } = await letterOf(message('contact-code', { login }), SITE)
    assert.equal(`${text}${html}`.includes('evil'), false, login)
  }
})

test('a program that calls itself something else is not quoted', async () => {
  const data = { userAgent: 'Call 555-0100 now' }
  const { text } = await letterOf(message('new-browser', { data }), SITE)
  assert.equal(text.includes('555'), false)
})

test('the HTML sets no colour, so that dark mail programs can', async () => {
  const { html } = await letterOf(message('password-reset-link'), SITE)
  assert.match(html, /<meta name="color-scheme" content="light dark"/)
  assert.doesNotMatch(html, /[^-]color:|background|#[0-9a-f]{3,6}\b(?!")/i)
})
