/**
 * Database and keys, opened or made for a start.
 *
 * Promises: what fails is told in one sentence with a hint, and whatever this start made, and nothing
 * else, is taken away again. Leaves to `key-file.ts` and the engine: what is right.
 */
import { accessSync, closeSync, constants, openSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import {
  createEngine,
  EngineError,
  inspectSqliteFile,
  isPasskeyOrigin,
  reloadingKeyring,
  sqliteStore,
  systemRandom,
} from '@halfminute/engine'
import type { Clock, Engine, Keyring, Senders } from '@halfminute/engine'
import { makeFolder } from './folders.ts'
import { keysForStart, readKeyFile, writeKeyFile } from './key-file.ts'
import type { Settings } from './settings.ts'
import { StartProblem } from './start-problem.ts'

export interface Outside {
  readonly clock: Clock
  readonly notify: Senders
  /** Passkeys are made for it, where browsers do that. */
  readonly baseUrl: string
}

/** @throws StartProblem */
export async function openEngine(
  settings: Settings,
  outside: Outside,
): Promise<{ engine: Engine; firstStart: boolean }> {
  const { database, keyFile, production } = settings
  const firstStart = inspect(database)
  const { keyring, made } = keysForStart({
    keyFile,
    database,
    databaseExists: !firstStart,
    production,
    random: systemRandom,
  })
  const undo: (() => void)[] = []
  try {
    undo.push(...makeFolder(dirname(resolve(database))))
    if (!firstStart) accessSync(database, constants.W_OK)
    const own = made ? makeKeyFile(keyFile, keyring, undo) : keyring
    if (firstStart) makeDatabaseFile(database, undo)
    return { engine: await readyEngine(settings, own, outside), firstStart }
  } catch (error) {
    // Keys of another server mean that it is already at work on these files.
    const foreign = error instanceof EngineError && error.code === 'KEY_MISSING'
    if (!foreign) takeAway(undo)
    throw openProblem(error, settings)
  }
}

/** @returns the keys that are in the file afterwards: ours, or those of a server that was faster */
function makeKeyFile(keyFile: string, keyring: Keyring, undo: (() => void)[]): Keyring {
  try {
    undo.push(...makeFolder(dirname(resolve(keyFile))))
    writeKeyFile(keyFile, keyring)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return readKeyFile(keyFile)
    throw new StartProblem(
      `The key file ${keyFile} cannot be written (${codeOf(error)}).`,
      'Check the path, its rights and the free space; HALFMINUTE_KEY_FILE sets it.',
      error,
    )
  }
  undo.push(() => {
    rmSync(keyFile)
  })
  return keyring
}

/** An empty file is a database about to be made. Only one that was not there before is ours to remove. */
function makeDatabaseFile(database: string, undo: (() => void)[]): void {
  try {
    closeSync(openSync(database, 'wx', 0o600))
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    throw error
  }
  undo.push(() => {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(database + end, { force: true })
  })
}

function takeAway(undo: readonly (() => void)[]): void {
  for (const step of undo.toReversed()) {
    try {
      step()
    } catch {
      // What the start failed for is worth telling, not that something could not be tidied up.
    }
  }
}

async function readyEngine(
  settings: Settings,
  keyring: Keyring,
  { clock, notify, baseUrl }: Outside,
): Promise<Engine> {
  const engine = createEngine({
    store: sqliteStore(settings.database),
    keyring: reloadingKeyring(keyring, () => readKeyFile(settings.keyFile), clock),
    issuer: settings.issuer,
    secondFactor: settings.requireSecondFactor,
    ...(isPasskeyOrigin(baseUrl) && { relyingParty: { origin: baseUrl } }),
    limits: settings.limits,
    trustedBrowserDays: settings.trustedBrowserDays,
    notify,
    sentCodes: { email: settings.emailCodes, sms: settings.smsCodes },
    clock,
    random: systemRandom,
  })
  try {
    await engine.ready()
    return engine
  } catch (error) {
    await engine.close()
    throw error
  }
}

/** @returns true where there is no database yet */
function inspect(database: string): boolean {
  try {
    return inspectSqliteFile(database) === 'new'
  } catch (error) {
    throw databaseProblem(error, database)
  }
}

function openProblem(error: unknown, { database, keyFile }: Settings): StartProblem {
  if (error instanceof StartProblem) return error
  if (error instanceof EngineError && error.code === 'KEY_MISSING') {
    return new StartProblem(
      `The key file ${keyFile} does not hold the key that ${database} was made with (${error.detail}).`,
      'Put the right key file back, or name it with HALFMINUTE_KEY_FILE.',
      error,
    )
  }
  return databaseProblem(error, database)
}

/** Why a database cannot be used, in words for the terminal. */
export function databaseProblem(error: unknown, database: string): StartProblem {
  const code = error instanceof EngineError ? error.code : undefined
  const detail = error instanceof EngineError ? error.detail : undefined
  if (code === 'DATABASE_FOREIGN') {
    return new StartProblem(
      `The file ${database} is a database of another program; it was left alone.`,
      'Set HALFMINUTE_DATABASE to another path.',
      error,
    )
  }
  if (code === 'DATABASE_NEWER') {
    return new StartProblem(
      `The database ${database} was made by a newer Halfminute than this one.`,
      'Start the newer version, or restore the backup from before it.',
      error,
    )
  }
  if (code === 'DATABASE_DAMAGED') {
    return new StartProblem(
      `The database ${database} is damaged${detail === undefined ? '' : ` (${detail})`}; it was left alone.`,
      'Restore a backup, or set HALFMINUTE_DATABASE to another path.',
      error,
    )
  }
  return new StartProblem(
    `The database ${database} cannot be opened or written (${codeOf(rootOf(error))}).`,
    'Check the path, its rights and the free space, and that no other program holds it; HALFMINUTE_DATABASE sets it.',
    error,
  )
}

/** The failure below the engine's own. */
function rootOf(error: unknown): unknown {
  return error instanceof EngineError && error.cause !== undefined ? error.cause : error
}

/** What to call a failure in one word; never a value. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if ('errstr' in error) return String(error.errstr)
  return 'code' in error ? String(error.code) : error.name
}
