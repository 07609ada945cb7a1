/**
 * The key file: read, checked, and made at the very first start.
 *
 * Promises (R5): mode 0600; there whole or not at all, on the disk before anything is sealed with it;
 * never made in production, nor beside a database that is already there, because a new key could not
 * open what the old one sealed.
 */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readFileSync } from 'node:fs'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { EngineError, formatKeyring, generateKeyring, parseKeyring } from '@halfminute/engine'
import type { Keyring, Random } from '@halfminute/engine'
import { StartProblem } from './start-problem.ts'

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
  if (process.platform === 'win32') return
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
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
