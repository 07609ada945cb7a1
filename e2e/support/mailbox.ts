/**
 * A real mail server on this machine, and the mails that it has taken in.
 * Promises: nothing sleeps; a mail is handed out once; it is gone when the test is over. It can go away
 * and come back at the same address, as mail servers do.
 */
import { setTimeout } from 'node:timers/promises'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'
import type { Lasting } from './server.ts'

export interface Mail {
  /** As the mail server was told, not as the mail says. */
  readonly to: readonly string[]
  readonly from: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly messageId: string
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** Every byte, as it came. */
  readonly raw: string
  /** Whether it came encrypted, and the user that it came from. */
  readonly secure: boolean
  readonly user: string | undefined
}

export interface MailboxOptions {
  /** `smtps`: encrypted from the start. Default: in the clear, and STARTTLS where there is a certificate. */
  readonly smtps?: boolean
  /** PEM. */
  readonly certificate?: { readonly key: string; readonly cert: string }
  /** Who may send. Without it everybody may. */
  readonly user?: { readonly name: string; readonly password: string }
  /** The reply to a recipient that is not taken, such as `550 5.1.1 no such user`. */
  readonly refuse?: (address: string) => string | undefined
  /** Called with a whole mail, before the sender is told that it was taken. */
  readonly onMail?: (mail: Mail) => void | Promise<void>
}

export interface Mailbox {
  readonly port: number
  /** All that came, oldest first. */
  readonly mails: readonly Mail[]
  /** The oldest mail to this address, with this in its subject, that was not handed out yet; waits for it. */
  next(to: string, subject?: string): Promise<Mail>
  /** Takes no more connections, as if it was off. */
  stop(): Promise<void>
  /** Is there again, where it was. */
  start(): Promise<void>
}

export async function openMailbox(t: Lasting, options: MailboxOptions = {}): Promise<Mailbox> {
  const mails: Mail[] = []
  const taken = new Set<Mail>()
  let arrived = Promise.withResolvers<void>()
  const take = async (mail: Mail) => {
    await options.onMail?.(mail)
    mails.push(mail)
    arrived.resolve()
    arrived = Promise.withResolvers()
  }
  let server: SMTPServer | undefined
  let port = 0
  const start = async () => {
    server = new SMTPServer(serverOptions(options, take))
    // Clients that hang up in the middle are what some tests are about.
    server.on('error', () => {})
    const listening = server.listen(port, '127.0.0.1')
    await once(listening, 'listening')
    ;({ port } = listening.address() as AddressInfo)
  }
  const stop = async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (server === undefined) return
    server.close(resolve)
    server = undefined
    await promise
  }
  t.after(stop)
  await start()
  return {
    port,
    mails,
    start,
    stop,
    async next(to, subject = '') {
      for (;;) {
        const mail = mails.find(
          (one) => !taken.has(one) && one.to.includes(to) && one.subject.includes(subject),
        )
        if (mail === undefined) await Promise.race([arrived.promise, tooLate(to, subject)])
        else {
          taken.add(mail)
          return mail
        }
      }
    },
  }
}

/** A mail that never comes fails its test, instead of keeping it. */
async function tooLate(to: string, subject: string): Promise<never> {
  await setTimeout(60_000, undefined, { ref: false })
  throw new Error(`no mail to ${to} with "${subject}"`)
}

function serverOptions(
  { smtps = false, certificate, user, refuse }: MailboxOptions,
  take: (mail: Mail) => Promise<void>,
): SMTPServerOptions {
  return {
    secure: smtps,
    ...certificate,
    logger: false,
    disableReverseLookup: true,
    closeTimeout: 100,
    ...(certificate === undefined && { disabledCommands: ['STARTTLS'] }),
    authOptional: user === undefined,
    onAuth({ username, password }, _session, answer) {
      if (username === user?.name && password === user?.password) answer(null, { user: username })
      else answer(Object.assign(new Error('5.7.8 not known here'), { responseCode: 535 }))
    },
    onRcptTo({ address }, _session, answer) {
      const refusal = refuse?.(address)
      if (refusal === undefined) answer()
      else {
        const [code, ...words] = refusal.split(' ')
        answer(Object.assign(new Error(words.join(' ')), { responseCode: Number(code) }))
      }
    },
    onData(stream, session, answer) {
      const { envelope, secure } = session
      const received = async () => {
        const bytes = await buffer(stream)
        const parsed = await PostalMime.parse(bytes)
        await take({
          to: envelope.rcptTo.map(({ address }) => address),
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          subject: parsed.subject ?? '',
          text: parsed.text ?? '',
          html: parsed.html ?? '',
          messageId: parsed.messageId ?? '',
          headers: new Map(parsed.headers.map(({ key, value }) => [key, value])),
          raw: bytes.toString(),
          secure,
          user: session.user === undefined ? undefined : String(session.user),
        })
        return undefined
      }
      received().then(answer, answer)
    },
  }
}
