/**
 * The key file: read, checked, made at the very first start, and replaced when keys change.
 *
 * Promises (R5): mode 0600; there whole or not at all, on the disk before anything is sealed with it;
 * never made in production, nor beside a database that is already there, because a new key could not
 * open what the old one sealed.
 */
import { chownSync, closeSync, existsSync, fsyncSync, linkSync, openSync } from 'node:fs'
import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EngineError, formatKeyring, generateKeyring, parseKeyring } from '@halfminute/engine'
import type { Keyring, Random } from '@halfminute/engine'
import { StartProblem } from './start-problem.ts'

/** SQLite's result code for a lock that somebody else holds (sqlite3.h). */
const SQLITE_BUSY = 5

/** @throws StartProblem: unreadable, open to others, or not a key file */
export function readKeyFile(path: string): Keyring {
  let text: string
  try {
    const status = statSync(path)
    if (status.isFile() && process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
      throw new StartProblem(
        `The key file ${path} can be read by others.`,
        `chmod 600 ${path}, and think about who may have read it.`,
      )
    }
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof StartProblem) throw error
    throw new StartProblem(
      `The key file ${path} cannot be read.`,
      'Check the path and its rights.',
      error,
    )
  }
  try {
    return parseKeyring(text)
  } catch (error) {
    const detail = error instanceof EngineError ? ` (${error.detail})` : ''
    throw new StartProblem(
      `The key file ${path} does not hold good keys${detail}.`,
      'Put the original file back; what it encrypted cannot be read with another key.',
      error,
    )
  }
}

/**
 * Writes a new key file, never over an existing one. A key that is lost in a power cut loses every
 * secret with it, so file and folder are on the disk before this returns.
 * @throws the file system's error; EEXIST where somebody was faster
 */
export function writeKeyFile(path: string, keyring: Keyring): void {
  const draft = `${path}.${process.pid}`
  try {
    writeFileSync(draft, formatKeyring(keyring), { mode: 0o600, flag: 'wx', flush: true })
    linkSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
  flushFolder(dirname(path))
}

/**
 * Puts other keys in place of those in the file: at every moment one or the other is there, whole, of the
 * same owner, mode 0600, and on the disk before this returns. For the holder of `lockKeyFile` only.
 * @throws the file system's error
 */
export function replaceKeyFile(path: string, keyring: Keyring): void {
  const target = realpathSync(path)
  const draft = `${target}.new`
  const { uid, gid } = statSync(target)
  // Of a run that was killed.
  rmSync(draft, { force: true })
  try {
    writeFileSync(draft, formatKeyring(keyring), { mode: 0o600, flag: 'wx' })
    const own = statSync(draft)
    if (own.uid !== uid || own.gid !== gid) chownSync(draft, uid, gid)
    flush(draft, 'r+')
    renameSync(draft, target)
  } finally {
    rmSync(draft, { force: true })
  }
  flushFolder(dirname(target))
}

/**
 * Keeps every other program from changing the keys meanwhile; the lock ends with the process, however that
 * ends. SQLite does the locking, in an empty file beside the key file, which stays.
 * @returns what ends it; undefined when somebody else holds it
 */
export function lockKeyFile(path: string): (() => void) | undefined {
  const lock = new DatabaseSync(`${realpathSync(path)}.lock`, { timeout: 0 })
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)
      return undefined
    throw error
  }
  return () => {
    lock.close()
  }
}

function flush(path: string, flags: string): void {
  const file = openSync(path, flags)
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function flushFolder(path: string): void {
  if (process.platform !== 'win32') flush(path, 'r')
}

/**
 * The keys to start with.
 * @returns `made`: new ones, not written yet
 * @throws StartProblem where there is no key file and none may be made
 */
export function keysForStart(options: {
  keyFile: string
  database: string
  databaseExists: boolean
  production: boolean
  random: Random
}): { keyring: Keyring; made: boolean } {
  const { keyFile, database, databaseExists, production, random } = options
  if (existsSync(keyFile)) return { keyring: readKeyFile(keyFile), made: false }
  if (databaseExists) {
    throw new StartProblem(
      `The key file ${keyFile} is missing, and ${database} was made with it.`,
      'Put the file back, or name it with HALFMINUTE_KEY_FILE. Without it no secret in the database can be read.',
    )
  }
  if (production) {
    throw new StartProblem(
      `There is no key file ${keyFile}, and in production none is made by itself.`,
      `Make one with: halfminute keys new --key-file ${keyFile}`,
    )
  }
  return { keyring: generateKeyring(random), made: true }
}
