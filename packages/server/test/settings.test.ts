/** The table of settings, and the reader: where a value comes from, and what is refused in which words. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_LIMITS } from '@halfminute/engine'
import { SETTINGS } from '../src/setting-rows.ts'
import { envName, fileName, flagName, readSettings, SettingsProblem } from '../src/settings.ts'
import type { SettingSources } from '../src/settings.ts'

function problemsOf(sources: Partial<SettingSources>): string[] {
  try {
    readSettings({ env: {}, ...sources })
  } catch (error) {
    assert.ok(error instanceof SettingsProblem)
    return error.message.split('\n')
  }
  return []
}

const env = (name: string, value: string) => ({ env: { [envName(name)]: value } })

test('without any setting the defaults of the table are in force', () => {
  const settings = readSettings({ env: {} })
  assert.deepEqual(settings, {
    port: 8080,
    host: '127.0.0.1',
    database: 'data/halfminute.db',
    keyFile: 'data/halfminute.key',
    issuer: 'Halfminute',
    baseUrl: undefined,
    requireSecondFactor: 'always',
    trustedBrowserDays: 0,
    trustedProxies: [],
    smtpUrl: undefined,
    mailFrom: undefined,
    emailCodes: false,
    smsCodes: false,
    sms: {
      url: undefined,
      user: undefined,
      password: undefined,
      from: undefined,
      webhookUrl: undefined,
      webhookSecret: undefined,
    },
    logLevel: 'info',
    limits: DEFAULT_LIMITS,
    production: false,
  })
})

for (const { name, fallback } of SETTINGS) {
  test(`${name}: the default passes its own check from the environment, the file and a flag`, () => {
    const fromNowhere = readSettings({ env: {} })
    assert.deepEqual(readSettings(env(name, fallback)), fromNowhere)
    assert.deepEqual(readSettings({ env: {}, flags: { [flagName(name)]: fallback } }), fromNowhere)
    const file = JSON.stringify({ [fileName(name)]: fallback })
    assert.deepEqual(readSettings({ env: {}, file }), fromNowhere)
  })
}

test('every row has a sentence, a name of its own, and names its unit where it is a time', () => {
  const names = new Set(SETTINGS.map(({ name }) => name))
  assert.equal(names.size, SETTINGS.length)
  for (const { name, help, limit } of SETTINGS) {
    assert.match(name, /^[A-Z]+(_[A-Z]+)*$/)
    assert.match(help, /^[A-Z].*[.?]$/, name)
    if (name.endsWith('SECONDS')) assert.match(help, /seconds/, name)
    if (limit) assert.equal(fileName(name), limit)
  }
  const limits = SETTINGS.flatMap(({ limit }) => limit ?? [])
  assert.deepEqual(limits.toSorted(), Object.keys(DEFAULT_LIMITS).toSorted())
})

test('a flag wins over the environment, the environment over the file', () => {
  const file = '{"port": 1001, "issuer": "File", "host": "0.0.0.0"}'
  const all = { HALFMINUTE_PORT: '1002', HALFMINUTE_ISSUER: 'Environment' }
  const settings = readSettings({ env: all, flags: { port: '1003' }, file })
  assert.equal(settings.port, 1003)
  assert.equal(settings.issuer, 'Environment')
  assert.equal(settings.host, '0.0.0.0')
})

test('the file takes texts, numbers and lists', () => {
  const file = JSON.stringify({ trustedProxies: ['10.0.0.0/8', '::1'], ticketSeconds: 60 })
  const settings = readSettings({ env: {}, file })
  assert.deepEqual(settings.trustedProxies, ['10.0.0.0/8', '::1'])
  assert.equal(settings.limits.ticketSeconds, 60)
})

test('all problems are told at once, a line each', () => {
  const problems = problemsOf({
    env: { HALFMINUTE_PORT: 'http', HALFMINUTE_TICKET_SECONDS: '-1', HALFMINUTE_PROT: '1' },
    flags: { 'log-level': 'loud' },
    file: '{"isuer": "x", "host": true}',
  })
  assert.equal(problems.length, 6)
  for (const name of ['PORT', 'TICKET_SECONDS', 'PROT', 'LOG_LEVEL']) {
    assert.equal(problems.filter((line) => line.startsWith(`${envName(name)}: `)).length, 1, name)
  }
  for (const key of ['isuer', 'host']) {
    const start = `halfminute.config.json: ${key}: `
    assert.equal(problems.filter((line) => line.startsWith(start)).length, 1, key)
  }
})

test('an unknown name is refused wherever it stands', () => {
  assert.deepEqual(problemsOf({ env: { HALFMINUTE_KEYFILE: 'x' } }), [
    'HALFMINUTE_KEYFILE: not a setting',
  ])
  assert.deepEqual(problemsOf({ file: '{"PORT": 1}' }), [
    'halfminute.config.json: PORT: not a setting',
  ])
  // Others' names are no business of ours.
  assert.deepEqual(problemsOf({ env: { PORT: 'x', NODE_OPTIONS: 'x', halfminute_port: 'x' } }), [])
})

/* A password in an address, or a key pasted into the wrong variable, would end in a build log. */
test('no value is ever repeated in a problem', () => {
  for (const { name } of SETTINGS) {
    for (const value of ['hush\nhush:', 'https://ada:hush@example.com/hush?hush']) {
      for (const line of problemsOf(env(name, value))) assert.doesNotMatch(line, /hush/, name)
    }
  }
  assert.doesNotMatch(problemsOf({ file: '{"port": "hush"}' }).join(), /hush/)
  assert.doesNotMatch(problemsOf({ file: '{"port": hush}' }).join(), /hush/)
})

const ACCEPTED: readonly (readonly [name: string, value: string])[] = [
  ['PORT', '0'],
  ['PORT', '65535'],
  ['HOST', '::'],
  ['BASE_URL', 'https://login.example.com'],
  ['BASE_URL', 'https://login.example.com/'],
  ['BASE_URL', 'http://localhost:8080'],
  ['BASE_URL', 'http://127.0.0.1:8080'],
  ['BASE_URL', 'http://[::1]:8080'],
  ['TRUSTED_PROXIES', '10.0.0.1, 192.168.0.0/16,2001:db8::/32'],
  ['REQUIRE_SECOND_FACTOR', 'optional'],
  ['ISSUER', 'ACME & Söhne'],
  ['DATABASE', '/var/lib/halfminute/a b.db'],
  ['MAIL_FROM', 'login@example.com'],
  ['MAIL_FROM', 'ACME & Söhne <login@mail.example.com>'],
]

for (const [name, value] of ACCEPTED) {
  test(`${name}: ${value} is accepted`, () => {
    assert.deepEqual(problemsOf(env(name, value)), [])
  })
}

const REFUSED: readonly (readonly [name: string, value: string, why: string])[] = [
  ['PORT', '', 'nothing'],
  ['PORT', '65536', 'no port'],
  ['PORT', '-1', 'negative'],
  ['PORT', '8080.0', 'a fraction'],
  ['PORT', '0x50', 'hexadecimal'],
  ['PORT', ' 80', 'a space'],
  ['HOST', ' ', 'empty'],
  ['BASE_URL', 'http://login.example.com', 'sign-in in the clear over a network'],
  ['BASE_URL', 'http://localhost.example.com', 'a look-alike of localhost'],
  ['BASE_URL', 'http://192.168.0.7:8080', 'another machine'],
  ['BASE_URL', 'https://login.example.com/app', 'a path'],
  ['BASE_URL', 'https://login.example.com?x=1', 'a query'],
  ['BASE_URL', 'https://ada@login.example.com', 'a name in it'],
  ['BASE_URL', 'login.example.com', 'no scheme'],
  ['BASE_URL', 'ftp://login.example.com', 'another scheme'],
  ['BASE_URL', 'javascript:alert(1)', 'a script'],
  ['TRUSTED_PROXIES', 'proxy.example.com', 'a name'],
  ['TRUSTED_PROXIES', '10.0.0.256', 'no address'],
  ['TRUSTED_PROXIES', '10.0.0.0/33', 'too many bits'],
  ['TRUSTED_PROXIES', '2001:db8::/129', 'too many bits'],
  ['TRUSTED_PROXIES', '10.0.0.0/', 'no bits'],
  ['TRUSTED_PROXIES', '10.0.0.0/8/8', 'twice'],
  ['TRUSTED_PROXIES', '10.0.0.1 10.0.0.2', 'no comma'],
  ['REQUIRE_SECOND_FACTOR', 'never', 'no choice'],
  ['REQUIRE_SECOND_FACTOR', 'Always', 'another case'],
  ['LOG_LEVEL', '', 'nothing'],
  ['ISSUER', '', 'nothing'],
  ['ISSUER', 'ACME: login', 'a colon ends the issuer in an otpauth URI'],
  ['ISSUER', 'ACME\nEvil', 'a line break'],
  ['DATABASE', 'postgres://ada:hush@localhost/x', 'not in this version'],
  ['DATABASE', 'file:other.db', 'SQLite would read it as an address'],
  ['DATABASE', 'FILE:other.db?mode=rw', 'the same, louder'],
  ['DATABASE', '', 'nothing'],
  ['KEY_FILE', '', 'nothing'],
  ['SMTP_URL', 'mail.example.com:587', 'no scheme'],
  ['SMTP_URL', 'https://mail.example.com', 'another scheme'],
  ['SMTP_URL', 'smtp://', 'no host'],
  ['SMTP_URL', 'smtp://ada:p/w@mail.example.com', 'a slash that ends the host'],
  ['SMTP_URL', 'smtp://mail.example.com/?tls=none', 'a query'],
  ['SMTP_URL', 'smtp://ada@mail.example.com', 'no password'],
  ['SMTP_URL', 'smtp://ada:100%@mail.example.com', 'a bare percent sign'],
  ['EMAIL_CODES', 'true', 'another word'],
  ['SMS_CODES', 'yes', 'another word'],
  ['SMS_URL', 'sms.example.com', 'no scheme'],
  ['SMS_URL', 'http://sms.example.com/messages', 'plain http to another machine'],
  ['SMS_URL', 'https://user:hush@sms.example.com/messages', 'a password in the address'],
  ['SMS_WEBHOOK_URL', 'ftp://127.0.0.1/', 'another scheme'],
  ['SMS_WEBHOOK_SECRET', 'x'.repeat(31), 'too short'],
  ['SMS_WEBHOOK_SECRET', `whsec_${'!'.repeat(40)}`, 'no base64'],
  ['SMS_WEBHOOK_SECRET', `whsec_${'QUJD'.repeat(7)}`, 'base64 of too little'],
  ['SMS_PASSWORD', 'hush\nhush', 'a line break'],
  ['MAIL_FROM', 'ACME', 'no address'],
  ['MAIL_FROM', 'a@example.com, b@example.com', 'two of them'],
  ['MAIL_FROM', 'ACME <login@example.com> x', 'something behind it'],
  ['MAIL_FROM', 'ACME\nBcc: <login@example.com>', 'a line break'],
]

for (const [name, value, why] of REFUSED) {
  test(`${name}: ${JSON.stringify(value)} is refused (${why})`, () => {
    const problems = problemsOf(env(name, value))
    assert.equal(problems.length, 1)
    assert.match(problems[0] ?? '', new RegExp(`^${envName(name)}: expected `))
  })
}

for (const { name, kind, least, most } of SETTINGS.filter((row) => row.kind === 'whole')) {
  test(`${name}: the ends of its range are in it, and nothing beyond`, () => {
    assert.ok(least !== undefined && most !== undefined && kind === 'whole')
    for (const value of [least, most]) assert.deepEqual(problemsOf(env(name, String(value))), [])
    for (const value of [least - 1, most + 1, '', '1e2', 'x']) {
      assert.equal(problemsOf(env(name, String(value))).length, 1, String(value))
    }
  })
}

test('the base URL is kept as browsers write an origin [R40]', () => {
  for (const typed of ['https://login.example.com/', 'HTTPS://Login.Example.COM:443']) {
    assert.equal(readSettings(env('BASE_URL', typed)).baseUrl, 'https://login.example.com')
  }
})

test('production is what NODE_ENV says', () => {
  assert.equal(readSettings({ env: { NODE_ENV: 'production' } }).production, true)
  assert.equal(readSettings({ env: { NODE_ENV: 'development' } }).production, false)
})

for (const file of ['', 'null', '[]', '"x"', '{"port": 1', '{"port": {}}', '{"port": null}']) {
  test(`a file that holds ${file || 'nothing'} is refused`, () => {
    assert.equal(problemsOf({ file }).length, 1)
  })
}

const MAIL = {
  HALFMINUTE_SMTP_URL: 'smtps://ada:hush@mail.example.com',
  HALFMINUTE_MAIL_FROM: 'login@example.com',
}

test('mail needs a sender, and in production an address for its links', () => {
  assert.deepEqual(problemsOf({ env: MAIL }), [])
  const { HALFMINUTE_SMTP_URL } = MAIL
  assert.match(problemsOf({ env: { HALFMINUTE_SMTP_URL } }).join(), /^HALFMINUTE_MAIL_FROM: /)
  const production = { ...MAIL, NODE_ENV: 'production' }
  assert.match(problemsOf({ env: production }).join(), /^HALFMINUTE_BASE_URL: /)
  const whole = { ...production, HALFMINUTE_BASE_URL: 'https://login.example.com' }
  assert.deepEqual(problemsOf({ env: whole }), [])
})

/* Everybody on the machine sees command lines, and shells keep them. */
test('a mail server’s password is not taken from a flag, its address is [R44]', () => {
  const sender = { HALFMINUTE_MAIL_FROM: 'login@example.com' }
  const withFlag = (url: string) => problemsOf({ env: sender, flags: { 'smtp-url': url } })
  assert.match(
    withFlag('smtp://ada:hush@mail.example.com').join(),
    /^HALFMINUTE_SMTP_URL: expected in/,
  )
  assert.deepEqual(withFlag('smtp://mail.example.com'), [])
})

const SMS = {
  HALFMINUTE_SMS_CODES: 'on',
  HALFMINUTE_SMS_URL: 'https://sms.example.com/messages',
  HALFMINUTE_SMS_USER: 'AC1',
  HALFMINUTE_SMS_PASSWORD: 'hush',
  HALFMINUTE_SMS_FROM: '+15005550006',
}

test('codes by mail and SMS are off unless switched on, whatever could send them [R22]', () => {
  const own = { ...MAIL, ...SMS, HALFMINUTE_SMS_CODES: undefined }
  const { emailCodes, smsCodes } = readSettings({ env: own })
  assert.deepEqual([emailCodes, smsCodes], [false, false])
})

test('in production what is switched on needs something to send with [R22]', () => {
  const production = { NODE_ENV: 'production', HALFMINUTE_BASE_URL: 'https://login.example.com' }
  const problems = (own: Record<string, string>) => problemsOf({ env: { ...production, ...own } })
  assert.match(
    problems({ HALFMINUTE_EMAIL_CODES: 'on' }).join(),
    /^HALFMINUTE_EMAIL_CODES: expected HALFMINUTE_SMTP_URL/,
  )
  assert.match(
    problems({ HALFMINUTE_SMS_CODES: 'on' }).join(),
    /^HALFMINUTE_SMS_CODES: expected HALFMINUTE_SMS_URL or/,
  )
  assert.deepEqual(problems({ ...MAIL, HALFMINUTE_EMAIL_CODES: 'on' }), [])
  assert.deepEqual(problems(SMS), [])
  const webhook = {
    HALFMINUTE_SMS_CODES: 'on',
    HALFMINUTE_SMS_WEBHOOK_URL: 'https://sms.example.com/hook',
    HALFMINUTE_SMS_WEBHOOK_SECRET: 'x'.repeat(32),
  }
  assert.deepEqual(problems(webhook), [])
  assert.match(problems({ ...SMS, ...webhook }).join(), /^HALFMINUTE_SMS_URL: expected/)
  for (const name of ['HALFMINUTE_SMS_USER', 'HALFMINUTE_SMS_PASSWORD', 'HALFMINUTE_SMS_FROM']) {
    assert.match(problems({ ...SMS, [name]: '' }).join(), new RegExp(`^${name}: expected`))
  }
  const unsigned = { ...webhook, HALFMINUTE_SMS_WEBHOOK_SECRET: '' }
  assert.match(problems(unsigned).join(), /^HALFMINUTE_SMS_WEBHOOK_SECRET: expected/)
})

test('on a developer’s machine they may be on without anything to send with', () => {
  const on = { HALFMINUTE_EMAIL_CODES: 'on', HALFMINUTE_SMS_CODES: 'on' }
  assert.deepEqual(problemsOf({ env: on }), [])
})

test('no secret is taken from a flag, and no problem repeats one [R44]', () => {
  for (const name of ['sms-password', 'sms-webhook-secret']) {
    const problems = problemsOf({ env: {}, flags: { [name]: 'hush-hush'.repeat(4) } }).join()
    assert.match(problems, /because it is secret/)
    assert.equal(problems.includes('hush-hush'), false)
  }
  const short = problemsOf({ env: { HALFMINUTE_SMS_WEBHOOK_SECRET: 'hush-hush' } }).join()
  assert.equal(short.includes('hush-hush'), false)
})
