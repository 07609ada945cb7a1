/**
 * How this server reaches people: by SMTP where it is set; on a developer's own machine shown in its place;
 * otherwise not at all.
 */
import type { Senders } from '@halfminute/engine'
import { isLoopback } from '../settings.ts'
import type { Settings } from '../settings.ts'
import { developmentMail } from './development.ts'
import type { ShownMail } from './development.ts'
import { smtpMail } from './smtp.ts'

export interface Mail {
  readonly notify: Senders
  /** What would have been sent, where it is shown on a page. */
  readonly shown?: () => readonly ShownMail[]
  /** Gives up what is under way. */
  readonly stop: () => void
}

export type MailWay = 'smtp' | 'shown' | 'terminal' | 'none'

/**
 * The page with other people's links is for whoever sits at this machine. An https address, or one that
 * others reach, means that there are others.
 */
export function mailWay({ smtpUrl, production, host, baseUrl }: Settings): MailWay {
  if (smtpUrl !== undefined) return 'smtp'
  if (production) return 'none'
  const alone = isLoopback(host) && (baseUrl === undefined || baseUrl.startsWith('http:'))
  return alone ? 'shown' : 'terminal'
}

const nothing = () => {}

/** @param tell writes to the terminal */
export function mailOf(settings: Settings, baseUrl: string, tell: (text: string) => void): Mail {
  const { issuer, smtpUrl, mailFrom } = settings
  const site = { issuer, baseUrl }
  const way = mailWay(settings)
  if (smtpUrl !== undefined && mailFrom !== undefined) {
    const smtp = smtpMail({ ...site, smtpUrl, from: mailFrom })
    return {
      notify: { email: smtp.send },
      stop: () => {
        smtp.stop()
      },
    }
  }
  if (way === 'none') return { notify: {}, stop: nothing }
  const { send, newest } = developmentMail(site, tell)
  return { notify: { email: send }, ...(way === 'shown' && { shown: newest }), stop: nothing }
}
