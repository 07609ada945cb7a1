/** Mail on the wire, as a real mail server gets it: encrypted, in one piece, and to nobody else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import tls from 'node:tls'
import { smtpMail } from 'halfminute'
import type { SmtpOptions } from 'halfminute'
import type { Message } from '@halfminute/engine'
import { openMailbox } from '../support/mailbox.ts'
import type { Mailbox } from '../support/mailbox.ts'
import { needs } from '../support/needs.ts'
import { selfSigned } from './certificate.ts'

const BASE_URL = 'https://login.example.com'
const OWNER = 'ada@example.com'

/** An address of this machine that does not say so: mail to it goes as to any other machine. */
const FAR = '[::ffff:127.0.0.1]'
const FAR_NAME = 'IP:::ffff:127.0.0.1'

function mailTo({ port }: Mailbox, over: Partial<SmtpOptions> = {}) {
  const smtpUrl = `smtp://127.0.0.1:${port}`
  return smtpMail({
    smtpUrl,
    from: 'login@example.com',
    issuer: 'ACME',
    baseUrl: BASE_URL,
    ...over,
  })
}

function message(over: Partial<Message> = {}): Message {
  return {
    id: '9f86d081884c7d659a2feaa0c55ad015',
    accountId: 'account-1',
    channel: 'email',
    recipient: OWNER,
    kind: 'factor-added',
    login: OWNER,
    at: 1_790_000_160,
    expiresAt: 1_790_100_000,
    data: { source: '192.0.2.10', userAgent: null, about: 'phone' },
    ...over,
  }
}

/** Trusted by this process from now on, as the system's own are. */
function trust({ cert }: { cert: string }): void {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cert])
}

test('a mail says in text and in HTML what happened, and that a machine wrote it [R36]', async (t) => {
  const mailbox = await openMailbox(t)
  assert.equal(await mailTo(mailbox).send(message()), 'sent')
  const { to, from, subject, text, html, headers } = await mailbox.next(OWNER)
  assert.deepEqual([to, from], [[OWNER], 'login@example.com'])
  assert.equal(headers.get('from'), 'ACME <login@example.com>')
  assert.equal(headers.get('auto-submitted'), 'auto-generated')
  assert.equal(Date.parse(headers.get('date') ?? ''), 1_790_000_160_000)
  assert.notEqual(subject, '')
  for (const body of [text, html]) {
    for (const part of ['phone', 'ACME', '192.0.2.10', 'UTC', 'If it was not you']) {
      assert.ok(body.includes(part), part)
    }
  }
})

test('each try of a message has the same Message-ID, made of its own id and our name', async (t) => {
  const mailbox = await openMailbox(t)
  const mail = mailTo(mailbox)
  await mail.send(message())
  await mail.send(message())
  const ids = mailbox.mails.map(({ messageId }) => messageId)
  const expected = '<9f86d081884c7d659a2feaa0c55ad015@login.example.com>'
  assert.deepEqual(ids, [expected, expected])
})

/* Whoever names an account or a phone must not write headers, nor choose who else gets the mail. */
test('line breaks in what others typed make no header and no recipient', async (t) => {
  const mailbox = await openMailbox(t)
  const mail = mailTo(mailbox, { issuer: 'ACME\r\nBcc: eve@example.com' })
  const evil = 'x\r\nBcc: eve@example.com\r\n\r\n<b>Hello</b>'
  const data = { source: evil, userAgent: evil, about: evil }
  assert.equal(await mail.send(message({ login: evil, data })), 'sent')
  const { to, headers, html } = await mailbox.next(OWNER)
  assert.deepEqual(to, [OWNER])
  assert.equal(headers.has('bcc'), false)
  assert.equal(html.includes('<b>Hello</b>'), false)
})

for (const recipient of [
  'ada@example.com\r\nRCPT TO:<eve@example.com>',
  'ada@example.com>\r\nDATA\r\n',
  'ada@example.com, eve@example.com',
  'ada@example.com eve@example.com',
  'Eve <eve@example.com>',
]) {
  test(`a recipient ${JSON.stringify(recipient)} reaches nobody else`, async (t) => {
    const mailbox = await openMailbox(t)
    await mailTo(mailbox)
      .send(message({ recipient }))
      .catch(() => 'failed')
    const reached = mailbox.mails.flatMap(({ to }) => to)
    assert.deepEqual(
      reached.filter((address) => address !== recipient),
      [],
    )
  })
}

test('an address that is not there is refused for good, and everything else can be tried again', async (t) => {
  const replies: Readonly<Record<string, string>> = {
    'gone@example.com': '550 5.1.1 no such user',
    'plain@example.com': '553 not here',
    'full@example.com': '452 4.2.2 mailbox full',
    'grey@example.com': '451 4.7.1 come back later',
    'relay@example.com': '554 5.7.1 relay access denied',
  }
  const mailbox = await openMailbox(t, { refuse: (address) => replies[address] })
  const mail = mailTo(mailbox)
  const outcomeOf = (recipient: string) =>
    mail.send(message({ recipient })).catch(() => 'to be tried again')
  assert.equal(await outcomeOf('gone@example.com'), 'refused')
  assert.equal(await outcomeOf('plain@example.com'), 'refused')
  for (const recipient of ['full@example.com', 'grey@example.com', 'relay@example.com']) {
    assert.equal(await outcomeOf(recipient), 'to be tried again', recipient)
  }
  await mailbox.stop()
  assert.equal(await outcomeOf(OWNER), 'to be tried again')
})

test('the mail server’s user and password are given, percent signs and all', async (t) => {
  const user = { name: 'login@example.com', password: 'p@ss/w:rd %' }
  const mailbox = await openMailbox(t, { user })
  const as = (password: string) =>
    mailTo(mailbox, {
      smtpUrl: `smtp://${encodeURIComponent(user.name)}:${encodeURIComponent(password)}@127.0.0.1:${mailbox.port}`,
    })
  await as(user.password).verify()
  assert.equal(await as(user.password).send(message()), 'sent')
  assert.equal((await mailbox.next(OWNER)).user, user.name)
  await assert.rejects(as('wrong').verify(), { code: 'EAUTH', responseCode: 535 })
  await assert.rejects(as('wrong').send(message()), { code: 'EAUTH' })
})

/* On the way to another machine somebody may listen, or play the mail server. */
test(
  'to another machine nothing goes in the clear, nor to whoever cannot show its certificate',
  needs('openssl'),
  async (t) => {
    const certificate = selfSigned(FAR_NAME)
    const user = { name: 'login', password: 'secret' }
    const far = (mailbox: Mailbox) =>
      mailTo(mailbox, { smtpUrl: `smtp://login:secret@${FAR}:${mailbox.port}` })
    const plain = await openMailbox(t, { user })
    await assert.rejects(far(plain).send(message()), { code: 'ETLS' })
    const encrypted = await openMailbox(t, { user, certificate })
    await assert.rejects(far(encrypted).send(message()), /self-signed/)
    trust(certificate)
    assert.equal(await far(encrypted).send(message()), 'sent')
    const { secure, user: sentBy } = await encrypted.next(OWNER)
    assert.deepEqual([secure, sentBy], [true, 'login'])
    const other = await openMailbox(t, { user, certificate: selfSigned('DNS:mail.example.com') })
    await assert.rejects(far(other).send(message()))
    assert.deepEqual([...plain.mails, ...other.mails], [])
  },
)

test('smtps:// is encrypted from the first byte', needs('openssl'), async (t) => {
  const certificate = selfSigned('IP:127.0.0.1')
  const mailbox = await openMailbox(t, { smtps: true, certificate })
  const mail = mailTo(mailbox, { smtpUrl: `smtps://127.0.0.1:${mailbox.port}` })
  await assert.rejects(mail.send(message()))
  trust(certificate)
  assert.equal(await mail.send(message()), 'sent')
  assert.equal((await mailbox.next(OWNER)).secure, true)
})

test('a mail server that takes a message and never answers is given up when the server stops', async (t) => {
  const { promise: received, resolve } = Promise.withResolvers<void>()
  const { promise: never, resolve: release } = Promise.withResolvers<void>()
  const mailbox = await openMailbox(t, {
    onMail: async () => {
      resolve()
      await never
    },
  })
  t.after(() => {
    release()
  })
  const mail = mailTo(mailbox)
  const sending = mail.send(message())
  await received
  mail.stop()
  await assert.rejects(sending, { name: 'AbortError' })
})
