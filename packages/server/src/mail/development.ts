/**
 * Mail without a mail server, for whoever tries this out on their own machine: the newest messages are kept
 * in memory for a page, and named in the terminal.
 * Leaves to `mail.ts`: when that may be.
 */
import type { Message, Sender } from '@halfminute/engine'
import { letterOf } from './letter.ts'
import type { Letter } from './letter.ts'
import type { Site } from './words.ts'

const MOST = 50

export interface ShownMail extends Letter, Pick<Message, 'id' | 'at' | 'recipient'> {}

export interface DevelopmentMail {
  readonly send: Sender
  /** Newest first. */
  readonly newest: () => readonly ShownMail[]
}

/** @param tell writes to the terminal */
export function developmentMail(site: Site, tell: (text: string) => void): DevelopmentMail {
  const shown: ShownMail[] = []
  return {
    async send(message) {
      const { id, at, recipient } = message
      const letter = await letterOf(message, site)
      shown.unshift({ ...letter, id, at, recipient })
      shown.length = Math.min(shown.length, MOST)
      const point = letter.point === undefined ? '' : `\n             ${letter.point}`
      tell(`  Mail       to ${recipient}: ${letter.subject}${point}\n`)
      return 'sent'
    },
    newest: () => shown,
  }
}
