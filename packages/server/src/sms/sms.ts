/** How this server sends SMS: by an API, by a webhook, or shown on a developer's own machine. */
import type { Sender } from '@halfminute/engine'
import { developmentWay } from '../mail/development.ts'
import type { Settings } from '../settings.ts'
import type { Site } from '../mail/words.ts'
import { twilioSms } from './twilio.ts'
import { webhookSms } from './webhook.ts'

export type SmsWay = 'off' | 'api' | 'webhook' | 'shown' | 'none'

export function smsWay(settings: Settings): SmsWay {
  if (!settings.smsCodes) return 'off'
  if (settings.sms.url !== undefined) return 'api'
  return settings.sms.webhookUrl === undefined ? developmentWay(settings) : 'webhook'
}

/** @param shown what shows them in the place of sending */
export function smsOf(
  settings: Settings,
  site: Site,
  { nowSeconds, shown }: { nowSeconds: () => number; shown: Sender },
): Sender | undefined {
  const { url, user = '', password = '', from = '', webhookUrl, webhookSecret = '' } = settings.sms
  switch (smsWay(settings)) {
    case 'api':
      return twilioSms({ ...site, smsUrl: url ?? '', user, password, from })
    case 'webhook':
      return webhookSms({
        ...site,
        webhookUrl: webhookUrl ?? '',
        secret: webhookSecret,
        nowSeconds,
      })
    case 'shown':
      return shown
    case 'off':
    case 'none':
      return undefined
  }
}
