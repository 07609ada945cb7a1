/**
 * A passkey without the device: a P-256 key in memory that answers as a browser with an authenticator
 * would (WebAuthn L3 §6), honestly unless it is told to lie.
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'

export interface PasskeyLies {
  /** The site that the browser stands on. Default: that of the passkey. */
  readonly origin?: string
  /** Default: the one of the options. */
  readonly rpId?: string
  /** Default: the one of the options. */
  readonly challenge?: string
  /** Default: one more than before, or 0 for a passkey that does not count. */
  readonly signCount?: number
  /** Does it say to be of the other kind? Default: as it was made. */
  readonly synced?: boolean
  /** Does the page stand in a frame of another site? Default false. */
  readonly crossOrigin?: boolean
}

export interface VirtualPasskey {
  readonly credentialId: string
  /** What `navigator.credentials.create` would answer to these options, as JSON. */
  create(options: CreationOptions, lies?: PasskeyLies): CreationAnswer
  /** What `navigator.credentials.get` would answer to these options, as JSON. */
  get(options: RequestOptions, lies?: PasskeyLies): AssertionAnswer
}

interface CreationOptions {
  readonly challenge: string
  readonly rp: { readonly id?: string }
}

interface RequestOptions {
  readonly challenge: string
  readonly rpId?: string
}

interface CommonAnswer {
  readonly id: string
  readonly rawId: string
  readonly type: 'public-key'
  readonly clientExtensionResults: object
}

export interface CreationAnswer extends CommonAnswer {
  readonly response: {
    readonly clientDataJSON: string
    readonly attestationObject: string
    readonly transports: readonly string[]
  }
}

export interface AssertionAnswer extends CommonAnswer {
  readonly response: {
    readonly clientDataJSON: string
    readonly authenticatorData: string
    readonly signature: string
  }
}

const USER_PRESENT = 0x01
const USER_VERIFIED = 0x04
const BACKUP_ELIGIBLE = 0x08
const HAS_CREDENTIAL = 0x40

/**
 * @param origin where it is used, such as http://localhost:8080
 * @param options `counts`: as a security key does; `synced`: as one in a password manager is; `attests`:
 * a new one signs for itself (WebAuthn L3 §8.2), though nobody asks for it
 */
export function virtualPasskey(
  origin: string,
  {
    counts = true,
    synced = false,
    attests = false,
  }: { counts?: boolean; synced?: boolean; attests?: boolean } = {},
): VirtualPasskey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const id = sha256(x + y)
  const credentialId = id.toString('base64url')
  const common = {
    id: credentialId,
    rawId: credentialId,
    type: 'public-key',
    clientExtensionResults: {},
  } as const
  let count = 0

  const authenticatorData = (rpId: string, more: number, lies: PasskeyLies) => {
    const kind = (lies.synced ?? synced) ? BACKUP_ELIGIBLE : 0
    const flags = USER_PRESENT | USER_VERIFIED | kind | more
    const signCount = fourBytes(lies.signCount ?? count)
    return Buffer.concat([sha256(lies.rpId ?? rpId), Buffer.of(flags), signCount])
  }

  const signatureOf = (data: Uint8Array, clientDataJSON: string) => {
    const signed = Buffer.concat([data, sha256(Buffer.from(clientDataJSON, 'base64url'))])
    return sign('sha256', signed, privateKey)
  }

  return {
    credentialId,
    create({ challenge, rp }, lies = {}) {
      const coseKey = new Map<number, number | Uint8Array>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, bytesOf(x)],
        [-3, bytesOf(y)],
      ])
      const credential = [Buffer.alloc(16), Buffer.of(0, id.length), id, isoCBOR.encode(coseKey)]
      const head = authenticatorData(rp.id ?? '', HAS_CREDENTIAL, lies)
      const data = new Uint8Array(Buffer.concat([head, ...credential]))
      const clientDataJSON = clientData('webauthn.create', { origin, challenge, ...lies })
      const own = () => [
        ['alg', -7] as const,
        ['sig', new Uint8Array(signatureOf(data, clientDataJSON))] as const,
      ]
      const attestation = new Map<string, unknown>([
        ['fmt', attests ? 'packed' : 'none'],
        ['attStmt', new Map<string, unknown>(attests ? own() : [])],
        ['authData', data],
      ])
      const encoded = isoCBOR.encode(attestation as Parameters<typeof isoCBOR.encode>[0])
      return {
        ...common,
        response: {
          clientDataJSON,
          attestationObject: Buffer.from(encoded).toString('base64url'),
          transports: synced ? ['hybrid', 'internal'] : ['usb'],
        },
      }
    },
    get({ challenge, rpId }, lies = {}) {
      if (counts) count++
      const data = authenticatorData(rpId ?? '', 0, lies)
      const clientDataJSON = clientData('webauthn.get', { origin, challenge, ...lies })
      return {
        ...common,
        response: {
          clientDataJSON,
          authenticatorData: data.toString('base64url'),
          signature: signatureOf(data, clientDataJSON).toString('base64url'),
        },
      }
    },
  }
}

function clientData(
  type: 'webauthn.create' | 'webauthn.get',
  said: { origin: string; challenge: string; crossOrigin?: boolean },
): string {
  const { challenge, origin, crossOrigin = false } = said
  const text = JSON.stringify({ type, challenge, origin, crossOrigin })
  return Buffer.from(text).toString('base64url')
}

function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest()
}

function fourBytes(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}

function bytesOf(base64url: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64url, 'base64url'))
}
