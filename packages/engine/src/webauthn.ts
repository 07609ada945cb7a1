/**
 * WebAuthn, by way of the library that does it: options out, answers in.
 *
 * Promises: whatever a browser or somebody in its place sends is an answer, never a crash; challenge,
 * origin, relying party and signature are checked (WebAuthn L3 §7.1, §7.2); no answer makes this process
 * ask anybody else. Leaves to `passkeys.ts`: that a challenge is answered once, and what a count that goes
 * back means.
 */
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import {
  decodeAttestationObject,
  decodeClientDataJSON,
  isoBase64URL,
} from '@simplewebauthn/server/helpers'
import type { RelyingParty } from './relying-party.ts'
import type { Passkey } from './store.ts'

/** For `navigator.credentials.create`, as JSON. */
export type PasskeyCreationOptions = PublicKeyCredentialCreationOptionsJSON
/** For `navigator.credentials.get`, as JSON. */
export type PasskeyRequestOptions = PublicKeyCredentialRequestOptionsJSON

/** Ed25519, ECDSA with P-256, RSA: what authenticators have. */
const ALGORITHMS = [-8, -7, -257]
const TRANSPORTS: readonly string[] = [
  'ble',
  'cable',
  'hybrid',
  'internal',
  'nfc',
  'smart-card',
  'usb',
]

interface Asked {
  readonly challenge: Uint8Array<ArrayBuffer>
  readonly timeoutSeconds: number
}

const descriptorOf = ({ credentialId, transports }: Passkey) => ({
  id: credentialId,
  transports: transports as AuthenticatorTransport[],
})

/** @param user `handle` is stored with the passkey and so says nothing; `name` is shown */
export function creationOptions(
  { id, name }: RelyingParty,
  user: { handle: Uint8Array<ArrayBuffer>; name: string },
  present: readonly Passkey[],
  { challenge, timeoutSeconds }: Asked,
): Promise<PasskeyCreationOptions> {
  return generateRegistrationOptions({
    rpID: id,
    rpName: name,
    userID: user.handle,
    userName: user.name,
    userDisplayName: user.name,
    challenge,
    timeout: timeoutSeconds * 1000,
    attestationType: 'none',
    excludeCredentials: present.map(descriptorOf),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    supportedAlgorithmIDs: ALGORITHMS,
  })
}

export function requestOptions(
  { id }: RelyingParty,
  allowed: readonly Passkey[],
  { challenge, timeoutSeconds }: Asked,
): Promise<PasskeyRequestOptions> {
  return generateAuthenticationOptions({
    rpID: id,
    challenge,
    timeout: timeoutSeconds * 1000,
    allowCredentials: allowed.map(descriptorOf),
    userVerification: 'preferred',
  })
}

/** What an answer says of itself; nothing of it is checked yet. */
export interface Claim {
  readonly credentialId: string
  /** As base64url. */
  readonly challenge: string
}

/** @returns undefined for what cannot be the answer of a browser at all */
export function readClaim(answer: unknown): Claim | undefined {
  try {
    const { id, response } = answer as Partial<AuthenticationResponseJSON>
    const { challenge, crossOrigin } = decodeClientDataJSON(response?.clientDataJSON ?? '')
    // A credential's id has 1,023 bytes at the most; a challenge of ours has 32.
    const shaped = isBase64url(id, 1_364) && isBase64url(challenge, 43)
    // No page of ours is ever framed.
    return shaped && crossOrigin !== true ? { credentialId: id, challenge } : undefined
  } catch {
    return undefined
  }
}

function isBase64url(text: unknown, most: number): text is string {
  return typeof text === 'string' && text.length <= most && /^[\w-]+$/.test(text)
}

type Credential = Pick<
  Passkey,
  'credentialId' | 'publicKey' | 'signCount' | 'transports' | 'backupEligible'
>

/** The new passkey in an answer to `creationOptions`; undefined when it does not hold. */
export async function readCreation(
  { origin, id }: RelyingParty,
  answer: unknown,
  { challenge }: Claim,
): Promise<Credential | undefined> {
  try {
    if (bringsCertificate(answer as RegistrationResponseJSON)) return undefined
    const { registrationInfo } = await verifyRegistrationResponse({
      response: answer as RegistrationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: false,
      supportedAlgorithmIDs: ALGORITHMS,
    })
    if (registrationInfo === undefined) return undefined
    const { credential, credentialDeviceType } = registrationInfo
    const transports: unknown = credential.transports
    return {
      credentialId: credential.id,
      publicKey: credential.publicKey,
      signCount: credential.counter,
      transports: Array.isArray(transports)
        ? TRANSPORTS.filter((one) => transports.includes(one))
        : [],
      backupEligible: credentialDeviceType === 'multiDevice',
    }
  } catch {
    // The library's own words quote what was sent, so they go nowhere.
    return undefined
  }
}

/**
 * The library asks the addresses in a certificate whether it was revoked before it asks whose it is, and
 * we ask for none. What cannot hold one: no statement, and an authenticator's own signature (§8.2).
 */
function bringsCertificate({ response }: RegistrationResponseJSON): boolean {
  const decoded = decodeAttestationObject(isoBase64URL.toBuffer(response.attestationObject))
  const format = decoded.get('fmt')
  const statement = decoded.get('attStmt')
  return format !== 'none' && (format !== 'packed' || statement.get('x5c') !== undefined)
}

/** The count of signatures in an answer to `requestOptions`; undefined when it does not hold. */
export async function readAssertion(
  { origin, id }: RelyingParty,
  answer: unknown,
  { challenge }: Claim,
  passkey: Passkey,
): Promise<{ readonly signCount: number } | undefined> {
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: answer as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: false,
      credential: {
        id: passkey.credentialId,
        publicKey: new Uint8Array(passkey.publicKey),
        // The library looks at the count before the signature; what it means is asked after it.
        counter: 0,
      },
    })
    const { newCounter, credentialDeviceType } = authenticationInfo
    const same = (credentialDeviceType === 'multiDevice') === passkey.backupEligible
    return verified && same ? { signCount: newCounter } : undefined
  } catch {
    return undefined
  }
}
