/** Events and devices in words for the person whose account it is. */
import type { Event } from '@halfminute/engine'
import { adminEventWords } from './admin-activity.ts'

const ACCEPTED: Readonly<Record<string, string>> = {
  'account.registered': 'Account created',
  'authenticator.added': 'New authenticator begun',
  'authenticator.confirmed': 'Authenticator confirmed',
  'authenticator.removed': 'Authenticator removed',
  'authenticator.resynchronised': 'Authenticator resynchronised',
  'passkey.added': 'Passkey added',
  'browser.trust-ended': 'Trusted browser forgotten',
  'browser.trusted': 'Browser trusted: no code is asked there for a while',
  'code.sent': 'Code sent',
  'contact.changed': 'Address changed',
  'contact.confirmed': 'Address confirmed',
  'contact.removed': 'Address removed',
  'password.changed': 'Password changed',
  'password.reset': 'New password set by mail',
  'password.reset-asked': 'Link for a new password asked for',
  reauthentication: 'Confirmed again',
  'recovery-codes.replaced': 'New recovery codes made',
  'session.ended': 'Session ended',
  'sign-in': 'Signed in',
  verification: 'Code checked for an app',
}

const REFUSED: Readonly<Record<string, string>> = {
  code: 'Wrong code',
  'authenticator.disabled': 'Authenticator switched off after too many wrong codes',
  'browser.trust-abused': 'Trusted browser forgotten: an older copy of its cookie was used',
  'browser.forgotten': 'A known browser forgotten after too many wrong codes',
  'contact.confirmed': 'Wrong code for a new address',
  'codes.closed': 'Too many wrong codes: unknown browsers shut out for a while',
  'passkey.copied': 'Passkey switched off: it seems to have been copied',
  password: 'Wrong password',
  reauthentication: 'Wrong password',
  'sign-in': 'Sign-in refused',
  verification: 'Wrong code for an app',
}

const FACTORS: Readonly<Record<string, string>> = {
  passkey: 'with a passkey',
  email: 'with a code by e-mail',
  password: 'with the password',
  recovery: 'with a recovery code',
  sms: 'with a code by SMS',
  totp: 'with an authenticator',
  'trusted-browser': 'in a trusted browser, without a code',
}

const CHANNELS: Readonly<Record<string, string>> = { email: 'e-mail', sms: 'SMS' }

/** @param names what authenticators are called, by id */
export function eventWords(event: Event, names: ReadonlyMap<string, string>): string {
  const byAdmin = adminEventWords(event)
  if (byAdmin !== undefined) return byAdmin
  const { kind, result } = event
  const factor = event.factor ?? ''
  if (result === 'refused') {
    if (kind === 'code' && factor === 'recovery') return 'Wrong recovery code'
    if (kind === 'code' && factor === 'passkey') return 'Wrong passkey'
    return REFUSED[kind] ?? kind
  }
  const what = ACCEPTED[kind] ?? kind
  const name = names.get(factor)
  if (name !== undefined) return `${what}: ${name}`
  const way = CHANNELS[factor]
  if (way !== undefined && kind !== 'sign-in') return `${what} (${way})`
  const how = kind === 'sign-in' || kind === 'reauthentication' ? FACTORS[factor] : undefined
  return how === undefined ? what : `${what} ${how}`
}

const SYSTEMS: Readonly<Record<string, string>> = { 'Mac OS X': 'macOS', CrOS: 'ChromeOS' }
const BROWSERS: Readonly<Record<string, string>> = { Edg: 'Edge', OPR: 'Opera' }

/** Enough for a person to know their own device again. */
export function deviceWords(userAgent: string | null): string {
  const text = userAgent ?? ''
  return knownDevice(text) ?? (text.slice(0, 40) || 'Unknown device')
}

/** @returns undefined for what is neither a browser nor a system that we know by name */
export function knownDevice(text: string): string | undefined {
  const browser = /(Edg|OPR|Firefox|Chrome)\//.exec(text)?.[1] ?? /(Safari)\//.exec(text)?.[1]
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|CrOS|Linux)/.exec(text)?.[1]
  const words = [browser && (BROWSERS[browser] ?? browser), system && (SYSTEMS[system] ?? system)]
  return words.filter(Boolean).join(' on ') || undefined
}
