/**
 * What a signed-in person may do with passkeys. Renaming, listing and removing them is the same as for
 * other authenticators, in `self-service.ts`.
 *
 * Promises: every operation starts with `authorize`; a new passkey takes a fresh session (R35), ends the
 * others (R34) and makes a new token.
 */
import { acceptableName } from './authenticators.ts'
import { ALWAYS, authorize } from './authorize.ts'
import type { Bearer } from './authorize.ts'
import { EngineError } from './errors.ts'
import { newEvent } from './events.ts'
import { methodsOf } from './methods.ts'
import type { SignInMethod } from './methods.ts'
import {
  challengeOf,
  meansOf,
  newChallenge,
  passkeyOptions,
  relyingPartyOf,
  sha256,
} from './passkeys.ts'
import type { Binding } from './passkeys.ts'
import type { Ports } from './ports.ts'
import { newRecoveryCodes } from './recovery.ts'
import { establishSession, provenByEnrolling } from './sessions.ts'
import type { SignedIn } from './sessions.ts'
import type { NewPasskey, Session } from './store.ts'
import { newId } from './tokens.ts'
import { creationOptions, readClaim, readCreation } from './webauthn.ts'
import type { PasskeyCreationOptions, PasskeyRequestOptions } from './webauthn.ts'

export type PasskeyAddition =
  | {
      readonly ok: true
      readonly id: string
      /** Ten codes, shown this once; absent when the account has a set already. */
      readonly recoveryCodes?: readonly string[]
      readonly signedIn: SignedIn
    }
  | { readonly ok: false; readonly code: 'CODE_MALFORMED' | 'PASSKEY_REFUSED' }

const FRESH = { fresh: true, beforeEnrolment: true }

function bindingOf({ accountId, id }: Session, purpose: Binding['purpose']): Binding {
  return { accountId, purpose, boundTo: id }
}

/** @throws EngineError PASSKEYS_OFF, AUTHENTICATOR_LIMIT */
export async function passkeyRegistrationOptions(
  ports: Ports,
  input: Bearer,
): Promise<PasskeyCreationOptions> {
  const { account, session } = await authorize(ports, input, FRESH)
  const relyingParty = relyingPartyOf(ports)
  const present = await ports.store.passkeys(account.id)
  const others = await ports.store.authenticators(account.id, ports.clock.nowSeconds())
  if (present.length + others.length >= ports.limits.authenticatorsPerAccount) {
    throw new EngineError('AUTHENTICATOR_LIMIT')
  }
  // The same for every passkey of the account, so that a device keeps one of them and not many.
  const user = { handle: sha256(account.id), name: account.login ?? account.id }
  const asked = await newChallenge(ports, bindingOf(session, 'add'))
  return creationOptions(relyingParty, user, present, asked)
}

/**
 * Right: a second factor from now on, the other sessions ended, this one replaced by one with a
 * new token.
 * @throws EngineError PASSKEYS_OFF, NAME_INVALID
 */
export async function addPasskey(
  ports: Ports,
  input: Bearer & { name: string; response?: unknown },
): Promise<PasskeyAddition> {
  const { client, response } = input
  const { account, session: own } = await authorize(ports, input, FRESH)
  const relyingParty = relyingPartyOf(ports)
  const name = acceptableName(input.name)
  const claim = readClaim(response)
  if (claim === undefined) return { ok: false, code: 'CODE_MALFORMED' }
  const createdAt = ports.clock.nowSeconds()
  const challenge = challengeOf(bindingOf(own, 'add'), claim)
  // Settled below once more; here so that nothing is hashed for an answer that nobody waits for.
  const waiting = await ports.store.hasChallenge(challenge, createdAt)
  const credential = waiting && (await readCreation(relyingParty, response, claim))
  if (!credential) return { ok: false, code: 'PASSKEY_REFUSED' }

  const accountId = account.id
  const id = newId(ports.random)
  const passkey: NewPasskey = { id, accountId, name, ...credential, createdAt }
  const codes = account.hasSecondFactor
    ? { codes: [], rows: [] }
    : await newRecoveryCodes(ports.passwords, ports.random)
  const limit = ports.limits.authenticatorsPerAccount
  const event = newEvent(ports, {
    accountId,
    kind: 'passkey.added',
    factor: id,
    client,
    about: name,
  })
  let recoveryCodesStored = false
  const signedIn = await establishSession(
    ports,
    {
      account: { ...account, hasSecondFactor: true },
      proven: provenByEnrolling(ports, { account, session: own }, meansOf(credential)),
      kind: 'sign-in',
      factor: 'passkey',
      client,
      with: { replaces: own.id },
    },
    async (grant) => {
      const addition = { passkey, limit, challenge, event, recoveryCodes: codes.rows, grant }
      const added = await ports.store.addPasskey(addition)
      if (added !== false) ({ recoveryCodesStored } = added)
      return added !== false
    },
  )
  if (signedIn === undefined) return { ok: false, code: 'PASSKEY_REFUSED' }
  const shown = recoveryCodesStored ? { recoveryCodes: codes.codes } : {}
  return { ok: true, id, signedIn, ...shown }
}

/**
 * For `reauthenticate` with a passkey.
 * @returns undefined where the account has none that may answer
 * @throws EngineError PASSKEYS_OFF
 */
export async function passkeyReauthenticationOptions(
  ports: Ports,
  input: Bearer,
): Promise<PasskeyRequestOptions | undefined> {
  const { session } = await authorize(ports, input, ALWAYS)
  return passkeyOptions(ports, bindingOf(session, 'reauthenticate'))
}

/** By what this person may prove again who they are, besides the password. */
export async function secondFactorMethods(
  ports: Ports,
  input: Bearer,
): Promise<readonly SignInMethod[]> {
  const { account } = await authorize(ports, input, ALWAYS)
  return methodsOf(ports, account.id)
}
