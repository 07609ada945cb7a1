/**
 * SMS by a program of the operator's own, which is told what to send: JSON `{id, to, text}`, signed as
 * https://www.standardwebhooks.com says, so that its libraries check it.
 * Leaves to `words.ts`: what is said. To the engine's outbox: trying again.
 */
import { createHmac } from 'node:crypto'
import type { Sender } from '@halfminute/engine'
import { MOST_MILLISECONDS, post } from './post.ts'
import { smsText } from './words.ts'
import type { Site } from '../mail/words.ts'

export interface WebhookOptions extends Site {
  readonly webhookUrl: string
  /** `whsec_` and base64, or any other text as it is. */
  readonly secret: string
  readonly nowSeconds: () => number
  readonly mostMilliseconds?: number
}

/** Answers that say that this number can never be reached. */
const NO_SUCH_NUMBER = new Set([400, 404, 410, 422])

export function webhookSms(options: WebhookOptions): Sender {
  const { webhookUrl, nowSeconds, mostMilliseconds = MOST_MILLISECONDS } = options
  const key = keyOf(options.secret)
  return async (message) => {
    const { id, recipient } = message
    const text = smsText(message, options)
    if (text === undefined) return 'refused'
    const body = JSON.stringify({ id, to: recipient, text })
    const timestamp = String(nowSeconds())
    const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${mac}`,
    }
    const { status, problem } = await post(webhookUrl, { headers, body, mostMilliseconds })
    if (status >= 200 && status < 300) return 'sent'
    if (NO_SUCH_NUMBER.has(status)) return 'refused'
    throw problem
  }
}

export function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret)
}
