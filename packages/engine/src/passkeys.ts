/**
 * Passkeys: asked, and their answers looked at.
 *
 * Promises (R52): an answer counts for the one challenge that was made for this very ticket or session
 * within five minutes, and once; a passkey that counts backwards was copied, so from then on it is
 * refused, unless its answer is only late: two tabs may send theirs in either order. Every answer is counted as a try before it is looked at, in the pool of the codes.
 * Leaves to the callers: using the proof up. A proof that was not used up is worth nothing.
 */
import { createHash } from 'node:crypto'
import { knownDevice } from './devices.ts'
import { EngineError } from './errors.ts'
import { newEvent } from './events.ts'
import type { Client, Ports } from './ports.ts'
import type { RelyingParty } from './relying-party.ts'
import type { ChallengeReference, Passkey, PasskeySpend, TicketReference } from './store.ts'
import { checked } from './tries.ts'
import { countCode, malformed, refuseTry, turnedAway } from './verify.ts'
import type { Proof, Refusal } from './verify.ts'
import { readAssertion, readClaim, requestOptions } from './webauthn.ts'
import type { Claim, PasskeyRequestOptions } from './webauthn.ts'

const CHALLENGE_BYTES = 32
/** R52. */
const CHALLENGE_SECONDS = 300

/** What a challenge is for, and whose: it serves nothing else. */
export type Binding = Omit<ChallengeReference, 'hash'>

/** @throws EngineError PASSKEYS_OFF */
export function relyingPartyOf({ relyingParty }: Ports): RelyingParty {
  if (relyingParty === undefined) throw new EngineError('PASSKEYS_OFF')
  return relyingParty
}

export function bindingOfTicket(ticket: TicketReference): Binding {
  const boundTo = Buffer.from(ticket.tokenHash).toString('hex')
  return { accountId: ticket.accountId, purpose: 'sign-in', boundTo }
}

/** The store keeps its SHA-256 only. */
export async function newChallenge(ports: Ports, binding: Binding) {
  const challenge = new Uint8Array(ports.random(CHALLENGE_BYTES))
  const expiresAt = ports.clock.nowSeconds() + CHALLENGE_SECONDS
  await ports.store.putChallenge({ ...binding, hash: sha256(challenge), expiresAt })
  return { challenge, timeoutSeconds: CHALLENGE_SECONDS }
}

export function challengeOf(binding: Binding, { challenge }: Claim): ChallengeReference {
  return { ...binding, hash: sha256(Buffer.from(challenge, 'base64url')) }
}

export function sha256(bytes: Uint8Array | string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}

/** @returns undefined where the account has none that may answer */
export async function passkeyOptions(
  ports: Ports,
  binding: Binding,
): Promise<PasskeyRequestOptions | undefined> {
  const relyingParty = relyingPartyOf(ports)
  const all = await ports.store.passkeys(binding.accountId)
  const usable = all.filter(({ copiedAt }) => copiedAt === null)
  if (usable.length === 0) return undefined
  return requestOptions(relyingParty, usable, await newChallenge(ports, binding))
}

export interface PasskeyAttempt {
  readonly accountId: string
  readonly binding: Binding
  /** What the browser answered, as JSON. */
  readonly response: unknown
  readonly client: Client
  readonly ticket?: TicketReference
  /** Of the browser, where the account knows it; looked up from `client` when it is left out. */
  readonly deviceId?: string | undefined
}

export async function provePasskey(
  ports: Ports,
  attempt: PasskeyAttempt,
): Promise<{ readonly ok: true; readonly proof: Proof<PasskeySpend> } | Refusal> {
  const { accountId, client, response } = attempt
  const relyingParty = relyingPartyOf(ports)
  const claim = readClaim(response)
  if (claim === undefined) return malformed
  const deviceId =
    'deviceId' in attempt ? attempt.deviceId : await knownDevice(ports, accountId, client)
  const counted = await countCode(ports, attempt, deviceId)
  const tried = { accountId, method: 'passkey', client, deviceId } as const
  if (counted.status !== 'counted') return turnedAway(ports, tried, counted)
  const challenge = challengeOf(attempt.binding, claim)
  const found = await checked(ports, counted.try, () =>
    match(ports, relyingParty, { accountId, claim, response }),
  )
  if (found === undefined) return refuseTry(ports, tried, counted)
  const { passkey, signCount } = found
  if (countsBackwards(passkey, signCount)) {
    await suspectCopy(ports, { passkey, challenge, client })
    return refuseTry(ports, tried, counted)
  }
  const spend: PasskeySpend = {
    kind: 'passkey',
    passkeyId: passkey.id,
    challenge,
    fromSignCount: passkey.signCount,
    signCount,
  }
  return { ok: true, proof: { spend, counted, means: meansOf(passkey) } }
}

/** RFC 8176: a key that its provider may copy elsewhere is no hardware's. */
export function meansOf({ backupEligible }: Pick<Passkey, 'backupEligible'>): 'hwk' | 'swk' {
  return backupEligible ? 'swk' : 'hwk'
}

/** That the challenge still waits, and the passkey is no copy, is settled with the session. */
async function match(
  ports: Ports,
  relyingParty: RelyingParty,
  asked: { accountId: string; claim: Claim; response: unknown },
): Promise<{ passkey: Passkey; signCount: number } | undefined> {
  const { accountId, claim, response } = asked
  const all = await ports.store.passkeys(accountId)
  const passkey = all.find((one) => one.credentialId === claim.credentialId)
  const assertion = passkey && (await readAssertion(relyingParty, response, claim, passkey))
  return assertion && { passkey, signCount: assertion.signCount }
}

/** WebAuthn L3 §6.1.1: a count goes up with each answer, or stays at 0 for ever. */
function countsBackwards(passkey: Passkey, signCount: number): boolean {
  return (signCount > 0 || passkey.signCount > 0) && signCount <= passkey.signCount
}

/**
 * Its key is in two places, and nobody can tell which of them asks: neither gets in from now on. An answer
 * that was sent twice finds its challenge used up, and so is never taken for a copy's. The store decides
 * whether the question is younger than the count; within the same second it is not.
 */
async function suspectCopy(
  ports: Ports,
  {
    passkey,
    challenge,
    client,
  }: { passkey: Passkey; challenge: ChallengeReference; client: Client },
): Promise<void> {
  const { accountId, id: passkeyId, name: about } = passkey
  const refused = { kind: 'passkey.copied', result: 'refused' } as const
  const event = newEvent(ports, { ...refused, accountId, factor: passkeyId, client, about })
  const now = ports.clock.nowSeconds()
  const challengeSeconds = CHALLENGE_SECONDS
  const suspicion = { accountId, passkeyId, challenge, challengeSeconds, now, event }
  await ports.store.suspectCopy(suspicion)
}
