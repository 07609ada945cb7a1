/**
 * The settings of codes by mail and SMS: what each asks of the others.
 * Promises: a way that is switched on has something to send with, or nothing starts; no value is repeated.
 */
import { isLoopback } from './settings.ts'
import { keyOf } from './sms/webhook.ts'

/** The rest is for whoever reads RFC 2104 §3: a key should be as long as the hash. */
const LEAST_SECRET_CHARACTERS = 32
const LEAST_SECRET_BYTES = 24

export interface SmsSettings {
  readonly url: string | undefined
  readonly user: string | undefined
  /** Never to be logged. */
  readonly password: string | undefined
  readonly from: string | undefined
  readonly webhookUrl: string | undefined
  /** Never to be logged. */
  readonly webhookSecret: string | undefined
}

type Values = ReadonlyMap<string, string>

export function smsSettings(values: Values): SmsSettings {
  const text = (name: string) => values.get(name) || undefined
  return {
    url: text('SMS_URL'),
    user: text('SMS_USER'),
    password: text('SMS_PASSWORD'),
    from: text('SMS_FROM'),
    webhookUrl: text('SMS_WEBHOOK_URL'),
    webhookSecret: text('SMS_WEBHOOK_SECRET'),
  }
}

/** Codes and passwords go there: over plain http only to this very machine. */
export function checkEndpoint(value: string): string | undefined {
  if (!URL.canParse(value)) return 'expected an address such as https://sms.example.com/messages'
  const { protocol, hostname, username, password, hash } = new URL(value)
  if (username !== '' || password !== '' || hash !== '') {
    return 'expected an address without a user, a password and a #'
  }
  const local = protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, ''))
  return protocol === 'https:' || local
    ? undefined
    : 'expected https:// (http:// is for this machine only)'
}

export function checkSecret(name: string, value: string): string | undefined {
  if (/\p{Cc}/u.test(value)) return 'expected a text without control characters'
  if (name !== 'SMS_WEBHOOK_SECRET') return undefined
  if (value.length < LEAST_SECRET_CHARACTERS) {
    return `expected ${LEAST_SECRET_CHARACTERS} characters or more, as from openssl rand -base64 32`
  }
  if (!value.startsWith('whsec_')) return undefined
  const isBase64 = /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(value)
  return isBase64 && keyOf(value).length >= LEAST_SECRET_BYTES
    ? undefined
    : `expected base64 of ${LEAST_SECRET_BYTES} bytes or more behind whsec_`
}

export function checkSentCodes(values: Values, alone: boolean): string[] {
  const isSet = (name: string) => (values.get(name) ?? '') !== ''
  const problems: string[] = []
  const expect = (name: string, what: string) =>
    void problems.push(`HALFMINUTE_${name}: expected ${what}`)
  if (values.get('EMAIL_CODES') === 'on' && !alone && !isSet('SMTP_URL')) {
    expect('EMAIL_CODES', 'HALFMINUTE_SMTP_URL as well, to send the codes with')
  }
  const sends = isSet('SMS_URL') || isSet('SMS_WEBHOOK_URL')
  if (values.get('SMS_CODES') === 'on' && !alone && !sends) {
    expect(
      'SMS_CODES',
      'HALFMINUTE_SMS_URL or HALFMINUTE_SMS_WEBHOOK_URL as well, to send the codes with',
    )
  }
  const goesTo = (name: string) =>
    isSet(name) && checkEndpoint(values.get(name) ?? '') === undefined
  if (goesTo('SMS_URL') && goesTo('SMS_WEBHOOK_URL')) {
    expect('SMS_URL', 'HALFMINUTE_SMS_WEBHOOK_URL not to be set as well')
  }
  if (goesTo('SMS_URL')) {
    for (const name of ['SMS_USER', 'SMS_PASSWORD', 'SMS_FROM']) {
      if (!isSet(name)) expect(name, 'a text, because HALFMINUTE_SMS_URL is set')
    }
  }
  if (goesTo('SMS_WEBHOOK_URL') && !isSet('SMS_WEBHOOK_SECRET')) {
    expect('SMS_WEBHOOK_SECRET', 'a text, because HALFMINUTE_SMS_WEBHOOK_URL is set')
  }
  return problems
}
