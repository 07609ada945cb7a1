/**
 * What happened to an account, for its person and its operator (R43).
 * Promises: an event names the account, the factor and the source, and never holds what was typed.
 */
import type { Client, Ports } from './ports.ts'
import type { NewEvent } from './store.ts'

export type EventKind =
  | 'account.registered'
  | 'alarm'
  | 'authenticator.added'
  | 'authenticator.confirmed'
  | 'authenticator.disabled'
  | 'authenticator.removed'
  | 'code'
  | 'browser.forgotten'
  | 'codes.closed'
  | 'password'
  | 'password.changed'
  | 'reauthentication'
  | 'recovery-codes.replaced'
  | 'session.ended'
  | 'sign-in'
  | 'verification'

export function newEvent(
  ports: Ports,
  event: {
    accountId: string
    kind: EventKind
    client: Client
    result?: NewEvent['result']
    factor?: string | undefined
  },
): NewEvent {
  return {
    accountId: event.accountId,
    at: ports.clock.nowSeconds(),
    kind: event.kind,
    result: event.result ?? 'accepted',
    factor: event.factor ?? null,
    source: event.client.source ?? null,
  }
}
