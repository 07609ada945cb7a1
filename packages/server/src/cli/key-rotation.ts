/**
 * `halfminute keys rotate` and `halfminute keys retire`, beside a running server.
 *
 * Promises: a new key is in the file, and on the disk, before anything is sealed with it; an old one
 * leaves the file only after the database refuses whatever it seals. A run that was killed at any point
 * leaves nothing that does not open, and the next one goes on where it stopped.
 */
import {
  createEngine,
  EngineError,
  inspectSqliteFile,
  sqliteStore,
  withNewKey,
  withoutKeys,
} from '@halfminute/engine'
import type { Engine, Keyring, Store } from '@halfminute/engine'
import { lockKeyFile, readKeyFile, replaceKeyFile } from '../key-file.ts'
import { StartProblem } from '../start-problem.ts'
import { CliError, refused } from './errors.ts'
import type { Io } from './io.ts'

export interface KeyFiles {
  readonly keyFile: string
  readonly database: string
}

export function rotate(files: KeyFiles, io: Io): Promise<number> {
  return withKeys(files, async ({ ring, store, engineWith }) => {
    // Left by a run that was killed before it had told the database.
    const isUnused = !(await store.keyIds()).includes(newestOf(ring))
    let engine = engineWith(ring)
    await engine.ready()
    const unfinished = isUnused || oldOnes(ring, await engine.keys.usage()).length > 0
    if (unfinished) io.err('Finishing the rotation that was begun.\n')
    else {
      const next = withNewKey(ring, (length) => io.randomBytes(length))
      replaceKeyFile(files.keyFile, next)
      engine = engineWith(next)
      await engine.ready()
    }
    const { moved, unreadable } = await withProgress(engine, io)
    return told({ engine, ring: readKeyFile(files.keyFile), moved, unreadable }, io)
  })
}

export function retire(files: KeyFiles, io: Io): Promise<number> {
  return withKeys(files, async ({ ring, engineWith }) => {
    const engine = engineWith(ring)
    await engine.ready()
    const retired: string[] = []
    let status = 0
    for (const { id } of ring.keys.slice(1)) {
      if (await engine.keys.retire(id)) retired.push(id)
      else {
        status = 1
        io.err(`halfminute: error: key ${id} still encrypts secrets and stays\n`)
      }
    }
    if (retired.length > 0) replaceKeyFile(files.keyFile, withoutKeys(ring, retired))
    else if (status === 0) io.err('There is no old key in the file.\n')
    if (status === 1) io.err('halfminute: hint: halfminute keys rotate moves them to the new key\n')
    for (const id of retired) io.out(`Key ${id}: removed\n`)
    return status
  })
}

interface Opened {
  readonly ring: Keyring
  readonly store: Store
  readonly engineWith: (ring: Keyring) => Engine
}

/** Nobody else changes the keys meanwhile. @throws CliError with what stands in the way */
async function withKeys(
  { keyFile, database }: KeyFiles,
  work: (opened: Opened) => Promise<number>,
): Promise<number> {
  try {
    readKeyFile(keyFile)
    if (inspectSqliteFile(database) === 'new') {
      throw refused(
        'there is no database yet, so there is nothing to change',
        'HALFMINUTE_DATABASE names it',
      )
    }
    const unlock = lockKeyFile(keyFile)
    if (unlock === undefined) throw refused('another program is changing these keys')
    const store = sqliteStore(database)
    try {
      return await work({
        // Read once more: it may have changed before the lock was ours.
        ring: readKeyFile(keyFile),
        store,
        engineWith: (keyring) => createEngine({ store, keyring, issuer: 'Halfminute' }),
      })
    } finally {
      await store.close()
      unlock()
    }
  } catch (error) {
    throw problemOf(error)
  }
}

function newestOf({ keys: [newest] }: Keyring): string {
  return newest?.id ?? ''
}

function oldOnes(ring: Keyring, usage: readonly { keyId: string; count: number }[]) {
  const old = ring.keys.slice(1).map(({ id }) => id)
  return usage.filter(({ keyId }) => old.includes(keyId))
}

async function withProgress(engine: Engine, io: Io) {
  if (!io.errIsTerminal) return engine.keys.reseal()
  const usage = await engine.keys.usage()
  const total = usage.reduce((sum, { count }) => sum + count, 0)
  const outcome = await engine.keys.reseal((moved) => {
    if (moved % 50 === 0) io.err(`\rEncrypted anew: ${moved} of about ${total}`)
  })
  io.err(`\rEncrypted anew: ${outcome.moved}${' '.repeat(20)}\n`)
  return outcome
}

async function told(
  done: { engine: Engine; ring: Keyring; moved: number; unreadable: number },
  io: Io,
): Promise<number> {
  const { engine, ring, moved, unreadable } = done
  const counts = new Map((await engine.keys.usage()).map(({ keyId, count }) => [keyId, count]))
  for (const [at, { id }] of ring.keys.entries()) {
    const count = counts.get(id) ?? 0
    const words =
      at === 0
        ? `encrypts all from now on; ${moved} moved to it, ${count} in all`
        : count === 0
          ? 'no longer used; halfminute keys retire removes it'
          : `still encrypts ${count}`
    io.out(`Key ${id}: ${words}\n`)
  }
  if (unreadable === 0) return 0
  throw refused(
    `${unreadable} secrets could not be opened and were left as they are`,
    'their keys are missing from the file, or the database was changed by hand',
  )
}

/** In words for the terminal; what is no answer of ours keeps its stack. */
function problemOf(error: unknown): unknown {
  if (error instanceof CliError) return error
  if (error instanceof StartProblem) return refused(error.message, error.hint)
  if (error instanceof EngineError) {
    return refused(
      error.detail === undefined ? error.message : `${error.message} (${error.detail})`,
      'halfminute serve with the same settings says more',
    )
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  return code === undefined
    ? error
    : refused(`the key file or its folder cannot be written (${code})`, 'check their rights')
}
