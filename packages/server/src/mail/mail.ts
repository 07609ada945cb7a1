/**
 * How this server reaches people: by SMTP and SMS where they are set; on a developer's own machine shown in
 * their place; otherwise not at all.
 */
import type { Senders } from '@halfminute/engine'
import type { Settings } from '../settings.ts'
import { developmentMail, developmentWay } from './development.ts'
import type { ShownMail } from './development.ts'
import { smtpMail } from './smtp.ts'
import { smsOf, smsWay } from '../sms/sms.ts'

export interface Mail {
  readonly notify: Senders
  /** What would have been sent, where it is shown on a page. */
  readonly shown?: ShownMails
  /** Gives up what is under way. */
  readonly stop: () => void
}

export interface ShownMails {
  /** Nobody guesses it: another program on this machine, or a proxy in front, reads no links. */
  readonly path: string
  readonly newest: () => readonly ShownMail[]
}

export type MailWay = 'smtp' | 'shown' | 'none'

export function mailWay(settings: Settings): MailWay {
  return settings.smtpUrl === undefined ? developmentWay(settings) : 'smtp'
}

const nothing = () => {}

/** @param tell writes to the terminal */
export function mailOf(
  settings: Settings,
  baseUrl: string,
  {
    tell,
    nowSeconds,
    randomText,
  }: { tell: (text: string) => void; nowSeconds: () => number; randomText: () => string },
): Mail {
  const { issuer, smtpUrl, mailFrom } = settings
  const site = { issuer, baseUrl }
  const development = developmentMail(site, tell)
  const smtp =
    smtpUrl !== undefined && mailFrom !== undefined
      ? smtpMail({ ...site, smtpUrl, from: mailFrom })
      : undefined
  const email = smtp?.send ?? (mailWay(settings) === 'none' ? undefined : development.send)
  const sms = smsOf(settings, site, { nowSeconds, shown: development.send })
  const shown = mailWay(settings) === 'shown' || smsWay(settings) === 'shown'
  return {
    notify: { ...(email && { email }), ...(sms && { sms }) },
    ...(shown && { shown: { path: `/dev/mail/${randomText()}`, newest: development.newest } }),
    stop:
      smtp === undefined
        ? nothing
        : () => {
            smtp.stop()
          },
  }
}
