/**
 * What a person is told without having asked (R36): which events, in which message.
 *
 * Promises: a notice goes into the outbox together with its event, to the address of that moment; it holds
 * nothing that opens anything. Leaves to `outbox.ts`: sending. To whoever sends: the words.
 */
import type { Client, Ports } from './ports.ts'
import type { Channel, MessageData, NewMessage } from './store.ts'
import { newId } from './tokens.ts'

export type NoticeKind =
  | 'admin-claimed'
  | 'admin-ended-sessions'
  | 'admin-invitation-used'
  | 'admin-removed-factor'
  | 'admin-reset'
  | 'admin-revoked'
  | 'authenticator-resynchronised'
  | 'browser-trusted'
  | 'codes-closed'
  | 'contact-changed'
  | 'contact-confirmed'
  | 'contact-removed'
  | 'email-code-used'
  | 'factor-added'
  | 'factor-disabled'
  | 'factor-removed'
  | 'login-taken'
  | 'new-browser'
  | 'password-changed'
  | 'password-reset'
  | 'recovery-code-used'
  | 'recovery-codes-replaced'
  | 'trust-abused'
  | 'wrong-code'

/** After so long nobody is helped by it any more. */
const NOTICE_SECONDS = 3 * 86_400

/**
 * Which accepted or refused event is a notice by itself: what opens another way in, closes one, or shows
 * that somebody else has a part of what it takes. Not in here: what only takes rights away and can be asked
 * for by its owner alone (`session.ended`, `browser.trust-ended`), what is a message itself (`code.sent`,
 * `password.reset-asked`), what counts for nothing yet (`authenticator.added`), and `browser.forgotten`,
 * which is told as `wrong-code`. `contacts.ts` words its own, for the old address and the new.
 */
const BY_EVENT: Readonly<Record<string, NoticeKind>> = {
  'admin.authenticator-removed/accepted': 'admin-removed-factor',
  'admin.claimed/accepted': 'admin-claimed',
  'admin.invitation-used/accepted': 'admin-invitation-used',
  'admin.revoked/accepted': 'admin-revoked',
  'admin.second-factor-reset/accepted': 'admin-reset',
  'admin.session-ended/accepted': 'admin-ended-sessions',
  'admin.sessions-ended/accepted': 'admin-ended-sessions',
  'authenticator.confirmed/accepted': 'factor-added',
  'authenticator.disabled/refused': 'factor-disabled',
  'authenticator.removed/accepted': 'factor-removed',
  'authenticator.resynchronised/accepted': 'authenticator-resynchronised',
  'browser.trust-abused/refused': 'trust-abused',
  'browser.trusted/accepted': 'browser-trusted',
  'codes.closed/refused': 'codes-closed',
  'passkey.added/accepted': 'factor-added',
  'passkey.copied/refused': 'factor-disabled',
  'password.changed/accepted': 'password-changed',
  'password.reset/accepted': 'password-reset',
  'recovery-codes.replaced/accepted': 'recovery-codes-replaced',
}

const SPENDS_A_CODE: readonly string[] = ['reauthentication', 'sign-in', 'verification']

/** Telling people takes no secret. */
export type NoticePorts = Pick<Ports, 'clock' | 'random' | 'limits' | 'notify'>

export interface Told {
  readonly accountId: string
  readonly kind: string
  readonly result: 'accepted' | 'refused'
  readonly factor?: string | undefined
  readonly client: Client
  /** What the person calls it: the name of an authenticator. */
  readonly about?: string | undefined
  /** The sign-in made this browser known. */
  readonly newBrowser?: boolean | undefined
}

/** @returns undefined where the event is none of those, or nothing sends mail */
export function noticeOf(ports: NoticePorts, event: Told): NewMessage | undefined {
  const kind = noticeKindOf(event)
  return kind && newNotice(ports, { ...event, kind })
}

function noticeKindOf({ kind, result, factor, newBrowser }: Told): NoticeKind | undefined {
  if (result === 'accepted' && SPENDS_A_CODE.includes(kind) && factor === 'recovery') {
    return 'recovery-code-used'
  }
  if (result === 'accepted' && kind === 'sign-in' && factor === 'email') return 'email-code-used'
  if (result === 'accepted' && newBrowser === true) return 'new-browser'
  return BY_EVENT[`${kind}/${result}`]
}

/** @returns undefined where nothing sends on that channel */
export function newNotice(
  ports: NoticePorts,
  notice: {
    accountId: string
    kind: NoticeKind
    client: Client
    about?: string | undefined
    /** Default: mail. */
    channel?: Channel
    /** Left out: the account's own. */
    recipient?: string
  },
): NewMessage | undefined {
  const { accountId, kind, client, about, channel = 'email', recipient } = notice
  if (ports.notify[channel] === undefined) return undefined
  const at = ports.clock.nowSeconds()
  return {
    id: newId(ports.random),
    accountId,
    channel,
    lane: 'notice',
    kind,
    data: messageData(client, about),
    at,
    expiresAt: at + NOTICE_SECONDS,
    ...(!isBounded(kind) && { budget: budgetOf(ports, accountId) }),
    ...(recipient !== undefined && { recipient }),
  }
}

/** What takes an administrator, or a link from that very mailbox, cannot be made to fill it. */
function isBounded(kind: NoticeKind): boolean {
  return kind === 'password-reset' || kind.startsWith('admin-')
}

function budgetOf(ports: NoticePorts, accountId: string): NonNullable<NewMessage['budget']> {
  return {
    key: `told/${accountId}`,
    confirmed: { windowSeconds: 3_600, most: ports.limits.noticesPerHour },
    // An account made with somebody else's address must not fill their mailbox. Two of a kind, so that
    // who has no more than the password cannot use the day up: wrong codes alone hide nothing.
    unconfirmed: {
      windowSeconds: 86_400,
      most: ports.limits.unconfirmedNoticesPerDay,
      mostOfKind: 2,
    },
  }
}

/** What its words are made of, besides its kind and its time. */
export function messageData({ source, userAgent }: Client, about?: string): MessageData {
  return {
    source: source ?? null,
    userAgent: userAgent?.slice(0, 256) ?? null,
    about: about ?? null,
  }
}
