/**
 * SMS by the API that Twilio made and others speak: a form with `To`, `From` and `Body`, and Basic
 * authentication.
 * Leaves to `words.ts`: what is said. To the engine's outbox: trying again.
 */
import type { Sender } from '@halfminute/engine'
import { MOST_MILLISECONDS, post } from './post.ts'
import { smsText } from './words.ts'
import type { Site } from '../mail/words.ts'

export interface TwilioOptions extends Site {
  /** Such as https://api.twilio.com/2010-04-01/Accounts/AC…/Messages.json. */
  readonly smsUrl: string
  readonly user: string
  readonly password: string
  /** A number, a name, or the id of a messaging service (MG…). */
  readonly from: string
  readonly mostMilliseconds?: number
}

/** What says that this number can never be reached: invalid, no mobile, opted out (their error codes). */
const NO_SUCH_NUMBER = new Set([21211, 21214, 21217, 21219, 21401, 21421, 21610, 21612, 21614])

export function twilioSms(options: TwilioOptions): Sender {
  const { smsUrl, user, password, from, mostMilliseconds = MOST_MILLISECONDS } = options
  const basic = Buffer.from(`${user}:${password}`).toString('base64')
  const sender: Record<string, string> = /^MG[0-9a-f]{32}$/.test(from)
    ? { MessagingServiceSid: from }
    : { From: from }
  const headers = {
    authorization: `Basic ${basic}`,
    'content-type': 'application/x-www-form-urlencoded',
  }
  return async (message) => {
    const text = smsText(message, options)
    if (text === undefined) return 'refused'
    const form = new URLSearchParams({ To: message.recipient, ...sender, Body: text })
    const { status, json, problem } = await post(smsUrl, {
      headers,
      body: form.toString(),
      mostMilliseconds,
    })
    if (status >= 200 && status < 300) return 'sent'
    if (status === 400 && NO_SUCH_NUMBER.has(errorOf(json))) return 'refused'
    throw problem
  }
}

function errorOf(json: unknown): number {
  const isObject = typeof json === 'object' && json !== null && 'code' in json
  return isObject ? Number(json.code) : 0
}
