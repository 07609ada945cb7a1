/**
 * What happened to an account, for its person and its operator (R43); some of it is told the person as well.
 * Promises: an event names the account, the factor and the source, and never holds what was typed.
 */
import { noticeOf } from './notices.ts'
import type { NoticePorts } from './notices.ts'
import type { Client } from './ports.ts'
import type { NewEvent } from './store.ts'

export type EventKind =
  | 'account.registered'
  | 'admin.acted'
  | 'admin.authenticator-removed'
  | 'admin.claimed'
  | 'admin.invitation-used'
  | 'admin.invited'
  | 'admin.revoked'
  | 'admin.second-factor-reset'
  | 'admin.session-ended'
  | 'admin.sessions-ended'
  | 'alarm'
  | 'authenticator.added'
  | 'authenticator.confirmed'
  | 'authenticator.disabled'
  | 'authenticator.removed'
  | 'authenticator.resynchronised'
  | 'code'
  | 'code.sent'
  | 'contact.changed'
  | 'contact.confirmed'
  | 'contact.removed'
  | 'browser.forgotten'
  | 'browser.trust-abused'
  | 'browser.trust-ended'
  | 'browser.trusted'
  | 'codes.closed'
  | 'passkey.added'
  | 'passkey.copied'
  | 'password'
  | 'password.changed'
  | 'password.reset'
  | 'password.reset-asked'
  | 'reauthentication'
  | 'recovery-codes.replaced'
  | 'session.ended'
  | 'sign-in'
  | 'verification'

export function newEvent(
  ports: NoticePorts,
  event: {
    accountId: string
    kind: EventKind
    client: Client
    result?: NewEvent['result']
    factor?: string | undefined
    /** For the notice that goes with it: what the person calls it. */
    about?: string | undefined
    newBrowser?: boolean | undefined
  },
): NewEvent {
  const { result = 'accepted' } = event
  const message = noticeOf(ports, { ...event, result })
  return {
    accountId: event.accountId,
    at: ports.clock.nowSeconds(),
    kind: event.kind,
    result,
    factor: event.factor ?? null,
    source: event.client.source ?? null,
    ...(message && { message }),
  }
}
