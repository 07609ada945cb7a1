/**
 * The keys behind the vault: which must be there, moving every secret to the newest, retiring the rest.
 *
 * Promises: a secret is never without a key on record; moving can stop after any secret and be begun
 * again, while sign-ins go on; memory stays bounded. Leaves to the caller: the file that holds the keys.
 * A new key must be in there, for all servers, before anything is sealed with it.
 */
import { EngineError } from './errors.ts'
import { sealingContext } from './open-authenticator.ts'
import type { Ports } from './ports.ts'
import type { SealedSecret, SecretReference } from './store.ts'

const PAGE = 200

/** A key that the database was made with and that is not at hand stops everything (R5). */
export async function checkKeys({ store, vault, clock }: Ports): Promise<void> {
  const missing = (await store.keyIds()).filter((id) => !vault.keyIds.includes(id))
  if (missing.length > 0) {
    throw new EngineError('KEY_MISSING', { detail: `key ${missing.join(', ')}` })
  }
  await store.ready()
  const known = vault.keyIds
  const [sealing = ''] = known
  const adopted = await store.adoptKeys({ known, sealing, now: clock.nowSeconds() })
  if (!adopted)
    throw new EngineError('KEY_MISSING', { detail: 'another server brought its own key' })
}

/** Seals, and sees to it that the key is on record first. */
export async function sealForRow(
  ports: Ports,
  secret: Uint8Array,
  row: SecretReference,
): Promise<SealedSecret> {
  const context = sealingContext(row.accountId, row.authenticatorId)
  const { keyId, box } = await ports.vault.seal(secret, context)
  await keyOnRecord(ports, keyId)
  return { keyId, sealedSecret: box }
}

/** A key that came since the start is put on record before anything sealed with it is stored. */
export async function keyOnRecord(ports: Ports, keyId: string): Promise<void> {
  if (!(await ports.store.keyIds()).includes(keyId)) await checkKeys(ports)
}

export interface Resealing {
  /** Secrets that were moved to the newest key. */
  readonly moved: number
  /** Secrets that no key at hand opens; they were left as they are. */
  readonly unreadable: number
}

/**
 * Moves every secret to the newest key, one by one.
 * @param onProgress told after each secret: how many were moved so far
 */
export async function resealAll(
  ports: Ports,
  onProgress: (moved: number) => void = () => {},
): Promise<Resealing> {
  let moved = 0
  for (;;) {
    const pass = await resealOnce(ports, () => {
      onProgress(++moved)
    })
    // A server that has not seen the new key yet may have sealed behind our back; so once more.
    if (pass.moved === 0) return { moved, unreadable: pass.unreadable }
  }
}

async function resealOnce(ports: Ports, onMoved: () => void): Promise<Resealing> {
  const { store, vault } = ports
  const [keyId = ''] = vault.keyIds
  let moved = 0
  let unreadable = 0
  let after: SecretReference | undefined
  for (;;) {
    const page = await store.sealedOtherwise({ keyId, after, limit: PAGE })
    for (const row of page) {
      const { accountId, authenticatorId } = row
      const context = sealingContext(accountId, authenticatorId)
      const from = { keyId: row.keyId, sealedSecret: row.sealedSecret }
      const secret = await opened(ports, from, context)
      if (secret === undefined) {
        unreadable++
        continue
      }
      const { keyId: toKeyId, box } = await vault.seal(secret, context)
      const to = { keyId: toKeyId, sealedSecret: box }
      if (await store.resealAuthenticator({ accountId, authenticatorId, from, to })) {
        moved++
        onMoved()
      }
    }
    after = page.at(-1)
    if (after === undefined) return { moved, unreadable }
  }
}

async function opened({ vault }: Ports, { keyId, sealedSecret }: SealedSecret, context: string) {
  try {
    return await vault.open({ keyId, box: sealedSecret }, context)
  } catch (error) {
    if (error instanceof EngineError && error.code === 'VAULT_UNREADABLE') return undefined
    throw error
  }
}
