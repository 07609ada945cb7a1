/**
 * Mail by SMTP.
 *
 * Promises: a message is sent or has failed within a minute; it is encrypted, to a server whose certificate
 * fits its name, unless that server is this very machine; each try of a message has the same Message-ID and
 * date. Leaves to the engine's outbox: what is due, and trying again. To `letter.ts`: the words.
 */
import { createTransport } from 'nodemailer'
import addressparser from 'nodemailer/lib/addressparser'
import type { Sender } from '@halfminute/engine'
import { isLoopback } from '../settings.ts'
import { letterOf } from './letter.ts'
import type { Site } from './words.ts'

const MOST_MILLISECONDS = 60_000
const STEP_MILLISECONDS = 15_000
/** What providers let one customer have at the same time. */
const CONNECTIONS = 5

export interface SmtpOptions extends Site {
  /** `smtp://user:password@host:587` (STARTTLS) or `smtps://…`. */
  readonly smtpUrl: string
  /** `login@example.com` or `ACME <login@example.com>`; without a name it is the issuer's. */
  readonly from: string
}

export interface SmtpMail {
  readonly send: Sender
  /** Connects and signs in. @throws what went wrong; `code` and `responseCode` say it without values */
  verify(): Promise<void>
  /** Gives up what is under way. */
  stop(): void
}

export function smtpMail({ smtpUrl, from, ...site }: SmtpOptions): SmtpMail {
  const stopping = new AbortController()
  const transport = createTransport({
    ...connection(smtpUrl),
    pool: true,
    maxConnections: CONNECTIONS,
    // A connection for each: a kept one may be closed by the other side in the wrong moment, which nobody
    // can tell from a message that was lost.
    maxMessages: 1,
    maxRequeues: 0,
    connectionTimeout: STEP_MILLISECONDS,
    greetingTimeout: STEP_MILLISECONDS,
    dnsTimeout: STEP_MILLISECONDS,
    socketTimeout: STEP_MILLISECONDS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const [sender] = addressparser(from)
  const address = sender?.address ?? from
  const name = sender?.name || site.issuer
  const { hostname } = new URL(site.baseUrl)
  return {
    async send(message) {
      const { subject, text, html } = await letterOf(message, site)
      try {
        await transport.sendMail({
          from: { name, address },
          // As an object, so that nothing in an address is read as another one.
          to: { name: '', address: message.recipient },
          subject,
          text,
          html,
          date: new Date(message.at * 1000),
          messageId: `<${message.id}@${hostname}>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
          signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(MOST_MILLISECONDS)]),
        })
        return 'sent'
      } catch (error) {
        if (isNoSuchAddress(error)) return 'refused'
        throw error
      }
    },
    async verify() {
      await transport.verify()
    },
    stop() {
      stopping.abort()
    },
  }
}

/** What an address says about how to get there. */
function connection(smtpUrl: string) {
  const url = new URL(smtpUrl)
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const [user, pass] = [url.username, url.password].map(decodeURIComponent)
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    // Nobody listens between this machine and itself, and its certificate is rarely worth anything.
    ...(isLoopback(host) ? { ignoreTLS: true } : { requireTLS: true }),
    ...(user !== undefined && user !== '' && { auth: { user, pass }, forceAuth: true }),
  }
}

/**
 * For good (5xx), to the recipient. Not where the server says that it will not send for us (RFC 3463 §3.8):
 * that is for the operator to mend, and then they all go out.
 */
function isNoSuchAddress(error: unknown): boolean {
  if (!(error instanceof Error) || !('command' in error) || error.command !== 'RCPT TO')
    return false
  const { response } = error as { response?: unknown }
  return typeof response === 'string' && /^5\d\d(?!.5\.7\.)/.test(response)
}
