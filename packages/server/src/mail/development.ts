/**
 * Mail and SMS without anything to send them, for whoever tries this out on their own machine: the newest messages are kept
 * in memory for a page, and named in the terminal.
 * Leaves to `mail.ts`: whether there is something to send them with.
 */
import type { Message, Sender } from '@halfminute/engine'
import { isAlone } from '../settings.ts'
import type { Reach } from '../settings.ts'
import { letterOf } from './letter.ts'
import type { Letter } from './letter.ts'
import { smsText } from '../sms/words.ts'
import type { Site } from './words.ts'

/** Where this server shows what it does not send. */
export function developmentWay(settings: Reach): 'shown' | 'none' {
  return isAlone(settings) ? 'shown' : 'none'
}

const MOST = 50

export interface ShownMail extends Letter, Pick<Message, 'id' | 'at' | 'recipient'> {}

export interface DevelopmentMail {
  readonly send: Sender
  /** Newest first. */
  readonly newest: () => readonly ShownMail[]
}

function smsLetter(message: Message, site: Site): Letter {
  return { subject: 'SMS', text: smsText(message, site) ?? '', html: '', point: message.secret }
}

/** @param tell writes to the terminal */
export function developmentMail(site: Site, tell: (text: string) => void): DevelopmentMail {
  const shown: ShownMail[] = []
  return {
    async send(message) {
      const { id, at, recipient } = message
      const letter =
        message.channel === 'sms' ? smsLetter(message, site) : await letterOf(message, site)
      const what = message.channel === 'sms' ? 'SMS ' : 'Mail'
      shown.unshift({ ...letter, id, at, recipient })
      shown.length = Math.min(shown.length, MOST)
      const point = letter.point === undefined ? '' : `\n             ${letter.point}`
      tell(`  ${what}       to ${recipient}: ${letter.subject}${point}\n`)
      return 'sent'
    },
    newest: () => shown,
  }
}
