/**
 * Signing in with a passkey after the password, in the place of a code.
 * Promises: as `login.ts`; a ticket that was redeemed or is over asks and answers nothing.
 */
import { liveTicket, refusal } from './login.ts'
import type { CodeOutcome } from './login.ts'
import { methodsOf } from './methods.ts'
import type { SignInMethod } from './methods.ts'
import { bindingOfTicket, passkeyOptions, provePasskey } from './passkeys.ts'
import type { Client, Ports } from './ports.ts'
import { recoveryCodesToTell } from './recovery.ts'
import { endPresent, establishSession, provenByBoth } from './sessions.ts'
import { checked } from './tries.ts'
import { refuseTry } from './verify.ts'
import type { PasskeyRequestOptions } from './webauthn.ts'

export type PasskeyQuestion =
  | { readonly status: 'asked'; readonly options: PasskeyRequestOptions }
  | { readonly status: 'refused'; readonly code: 'TICKET_REFUSED' | 'PASSKEY_REFUSED' }

/** What the account of a ticket may show; nothing where the ticket is over. */
export async function ticketMethods(
  ports: Ports,
  input: { ticket?: unknown; client: Client },
): Promise<readonly SignInMethod[]> {
  const found = await liveTicket(ports, input.ticket, input.client)
  return found ? methodsOf(ports, found.account.id) : []
}

/** A new challenge, in the place of the one before it. @throws EngineError PASSKEYS_OFF */
export async function options(
  ports: Ports,
  input: { ticket?: unknown; client: Client },
): Promise<PasskeyQuestion> {
  const found = await liveTicket(ports, input.ticket, input.client)
  if (found === undefined) return { status: 'refused', code: 'TICKET_REFUSED' }
  const asked = await passkeyOptions(ports, bindingOfTicket(found.ticket))
  return asked
    ? { status: 'asked', options: asked }
    : { status: 'refused', code: 'PASSKEY_REFUSED' }
}

/** @throws EngineError PASSKEYS_OFF */
export async function passkey(
  ports: Ports,
  input: { ticket?: unknown; response?: unknown; present?: unknown; client: Client },
): Promise<CodeOutcome> {
  const { client, response } = input
  const found = await liveTicket(ports, input.ticket, client)
  if (found === undefined) return { status: 'refused', code: 'TICKET_REFUSED' }
  const { ticket, account, deviceId } = found
  const binding = bindingOfTicket(ticket)
  const attempt = { accountId: account.id, binding, response, client, ticket, deviceId }
  const proven = await provePasskey(ports, attempt)
  if (!proven.ok) return refusal(proven)
  const { spend, counted, means } = proven.proof
  const left = await checked(ports, counted.try, () =>
    recoveryCodesToTell(ports.store, account.id, false),
  )
  const signedIn = await establishSession(ports, {
    account,
    proven: provenByBoth(ports, means),
    kind: 'sign-in',
    factor: 'passkey',
    client,
    with: { ticket, spend, returnTry: counted.try },
  })
  if (signedIn === undefined) {
    const tried = { accountId: account.id, method: 'passkey', client, deviceId } as const
    return refusal(await refuseTry(ports, tried, counted))
  }
  await endPresent(ports, input.present, client)
  return { status: 'signed_in', method: 'passkey', ...signedIn, ...left }
}
