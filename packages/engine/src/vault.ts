/**
 * Secrets at rest: AES-256-GCM with a fresh nonce, the key's id beside the box, and the owner's ids
 * as associated data, so that a box copied to another row does not open (R3).
 *
 * Promises: anything but the untouched box under the right key and context throws VAULT_UNREADABLE.
 * Leaves to the caller: where the keys come from. They never belong in the database (R5).
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { EngineError } from './errors.ts'
import type { Clock, Random } from './ports.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32

export interface Sealed {
  readonly keyId: string
  readonly box: Uint8Array
}

/** Where sealed secrets are made and opened. Asynchronous, so that a key service can stand behind it. */
export interface Vault {
  /** Ids of the keys at hand; the first one seals. */
  readonly keyIds: readonly string[]
  seal(plain: Uint8Array, context: string): Promise<Sealed>
  open(sealed: Sealed, context: string): Promise<Uint8Array>
}

interface VaultKey {
  readonly id: string
}

/** Beside the key ring, so that no log, dump or JSON of it shows a key. */
const KEY_MATERIAL = new WeakMap<VaultKey, Uint8Array>()

function newVaultKey(bytes: Uint8Array): VaultKey {
  const key = { id: keyId(bytes) }
  KEY_MATERIAL.set(key, Uint8Array.from(bytes))
  return key
}

function bytesOf(key: VaultKey): Uint8Array {
  const bytes = KEY_MATERIAL.get(key)
  if (bytes === undefined)
    throw new EngineError('KEY_INVALID', { detail: 'not a key ring of ours' })
  return bytes
}

/** Keys by id. The first one seals, all of them open. Made by `parseKeyring` or `keyringOf`. */
export interface Keyring {
  readonly keys: readonly VaultKey[]
  /**
   * Looks for newer keys where they come from, if this ring can.
   * @param wanted id of a key that something was sealed with and that is not here
   */
  refresh?(wanted?: string): void
}

/** How long what was just read counts as new. */
const REFRESH_SECONDS = 5

/**
 * A ring that reads its keys again when it meets a key that it does not know, and before it seals, at most
 * every five seconds each; so a rotation by another process needs no restart.
 *
 * @param first the keys to begin with
 * @param read  what throws leaves the keys as they are
 */
export function reloadingKeyring(first: Keyring, read: () => Keyring, clock: Clock): Keyring {
  let ring = first
  // By key that was looked for, so that a record of a lost key does not hide a key that has just come.
  const readAt = new Map<string | undefined, number>([[undefined, clock.nowSeconds()]])
  return {
    get keys() {
      return ring.keys
    },
    refresh(wanted) {
      const now = clock.nowSeconds()
      const last = readAt.get(wanted)
      if (last !== undefined && Math.abs(now - last) < REFRESH_SECONDS) return
      readAt.set(wanted, now)
      try {
        ring = read()
      } catch {
        // What is at hand still opens what it sealed; a restart tells what is wrong with the file.
      }
    },
  }
}

/**
 * @param keys 32 random bytes each, the newest first
 * @throws EngineError KEY_INVALID: none, not 32 bytes, or plainly not random
 */
export function keyringOf(...keys: readonly Uint8Array[]): Keyring {
  if (keys.length === 0) throw new EngineError('KEY_INVALID', { detail: 'there is no key' })
  return { keys: keys.map(newVaultKey) }
}

/** The text of a key file: a line a key, base64, the newest first; `#` opens a comment. */
export function formatKeyring(keyring: Keyring): string {
  const lines = keyring.keys.map((key) => Buffer.from(bytesOf(key)).toString('base64'))
  return [
    '# Halfminute: the keys that encrypt the secrets in the database. The first one encrypts.',
    '# Whoever has this file and the database has the secrets: keep a copy, keep it apart.',
    ...lines,
    '',
  ].join('\n')
}

/** @throws EngineError KEY_INVALID naming the line, never its content */
export function parseKeyring(text: string): Keyring {
  const keys: Uint8Array[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const value = line.trim()
    if (value === '' || value.startsWith('#')) continue
    if (!/^[A-Za-z0-9+/]{43}=$/.test(value)) {
      throw new EngineError('KEY_INVALID', {
        detail: `line ${index + 1} is not 32 bytes in base64`,
      })
    }
    keys.push(new Uint8Array(Buffer.from(value, 'base64')))
  }
  return keyringOf(...keys)
}

export function generateKeyring(random: Random): Keyring {
  return keyringOf(random(KEY_BYTES))
}

/** The same keys behind a new one, which seals from now on. */
export function withNewKey(keyring: Keyring, random: Random): Keyring {
  return { keys: [newVaultKey(random(KEY_BYTES)), ...keyring.keys] }
}

/** @throws EngineError KEY_INVALID when none would be left */
export function withoutKeys(keyring: Keyring, ids: readonly string[]): Keyring {
  const keys = keyring.keys.filter(({ id }) => !ids.includes(id))
  if (keys.length === 0) throw new EngineError('KEY_INVALID', { detail: 'there is no key' })
  return { keys }
}

export function keyringVault(keyring: Keyring, random: Random): Vault {
  if (keyring.keys.length === 0) {
    throw new EngineError('KEY_INVALID', { detail: 'there is no key' })
  }
  const find = (id: string) => keyring.keys.find((key) => key.id === id)
  for (const key of keyring.keys) bytesOf(key)
  return {
    get keyIds() {
      return keyring.keys.map(({ id }) => id)
    },
    async seal(plain, context) {
      keyring.refresh?.()
      const [sealing] = keyring.keys
      if (sealing === undefined) throw new EngineError('KEY_INVALID', { detail: 'there is no key' })
      const nonce = random(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', bytesOf(sealing), nonce)
      cipher.setAAD(Buffer.from(context))
      const box = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
      return { keyId: sealing.id, box: new Uint8Array(box) }
    },
    async open({ keyId: id, box }, context) {
      if (find(id) === undefined) keyring.refresh?.(id)
      const key = find(id)
      if (key === undefined) {
        throw new EngineError('VAULT_UNREADABLE', { detail: `key ${id} is not in the key ring` })
      }
      try {
        const end = box.length - TAG_BYTES
        const decipher = createDecipheriv(
          'aes-256-gcm',
          bytesOf(key),
          box.subarray(0, NONCE_BYTES),
          {
            authTagLength: TAG_BYTES,
          },
        )
        decipher.setAAD(Buffer.from(context))
        decipher.setAuthTag(box.subarray(end))
        const plain = [decipher.update(box.subarray(NONCE_BYTES, end)), decipher.final()]
        return new Uint8Array(Buffer.concat(plain))
      } catch (error) {
        throw new EngineError('VAULT_UNREADABLE', { detail: 'a box does not open', cause: error })
      }
    },
  }
}

/** A fingerprint, so that a wrong key is seen by its name before anything is opened with it. */
function keyId(bytes: Uint8Array): string {
  if (bytes.length !== KEY_BYTES) {
    throw new EngineError('KEY_INVALID', { detail: `a key has ${bytes.length} bytes, not 32` })
  }
  // 32 random bytes hold fewer than 16 different values about once in 10^12 keys.
  if (new Set(bytes).size < 16) {
    throw new EngineError('KEY_INVALID', { detail: 'a key is not random' })
  }
  return createHash('sha256').update('halfminute key id').update(bytes).digest('hex').slice(0, 16)
}
