/**
 * What an SMS says: short, without links, and without anything that others may have chosen. A code ends
 * with the line by which browsers fill it in on this site alone (origin-bound one-time codes, WICG).
 */
import type { Message, MessageKind } from '@halfminute/engine'
import type { Site } from '../mail/words.ts'

type Writer = (code: string, site: Site) => string

const WRITERS: Readonly<Partial<Record<MessageKind, Writer>>> = {
  'sign-in-code': (code, { issuer }) =>
    `${code} is your code to sign in at ${issuer}. Give it to nobody, whoever asks.`,
  'contact-code': (code, { issuer }) =>
    `${code} is your code to confirm this number at ${issuer}. If you did not ask, do nothing.`,
  'contact-changed': (_code, { issuer }) =>
    `Your account at ${issuer} has another number now. If it was not you, sign in and change your password.`,
  'contact-removed': (_code, { issuer }) =>
    `This number was taken off your account at ${issuer}. If it was not you, sign in and change your password.`,
}

/** @returns undefined for what is never sent by SMS */
export function smsText({ kind, secret }: Message, site: Site): string | undefined {
  const text = WRITERS[kind]?.(secret ?? '', site)
  if (text === undefined || secret === undefined) return text
  return `${text}\n\n@${new URL(site.baseUrl).hostname} #${secret}`
}
