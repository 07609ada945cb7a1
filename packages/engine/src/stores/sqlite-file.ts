/**
 * What can be said of a database file before it is opened for writing. Promises: nothing is written, not
 * even by SQLite's own recovery, so that a start that is refused leaves the disk as it was.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { EngineError } from '../errors.ts'
import { MIGRATION_NAMES } from './migrations/index.ts'

/** "HALF" in the file's header says whose file it is (SQLite file format §1.3.17). */
export const APPLICATION_ID = 0x48414c46
/** Up to this size the whole file is checked at the start. */
const CHECKED_BYTES = 32 * 1024 * 1024

/**
 * Is this file a sound database of ours? Reads only, and leaves no `-wal` or `-shm` behind.
 * An empty or absent file is one that is about to be made.
 */
export function inspectSqliteFile(path: string): 'new' | 'ours' {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return 'new'
  const pending = hasPendingLog(path)
  const header = Buffer.alloc(100)
  const file = openSync(path, 'r')
  readSync(file, header, 0, 100, 0)
  closeSync(file)
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw new EngineError('DATABASE_DAMAGED', { detail: `${path} is not an SQLite database` })
  }
  const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16)
  if (!pending && header.readUInt32BE(28) * pageBytes > size) {
    throw new EngineError('DATABASE_DAMAGED', { detail: `${path} is shorter than its header says` })
  }
  if (header.readUInt32BE(68) !== APPLICATION_ID) {
    throw new EngineError('DATABASE_FOREIGN', { detail: `${path} was made by another program` })
  }
  // What a killed process left in the log is SQLite's to bring back; without one the file must be whole.
  if (!pending && size <= CHECKED_BYTES) checkPages(path)
  return 'ours'
}

function checkPages(path: string): void {
  let found: unknown
  try {
    const db = openImmutable(path)
    try {
      found = Object.values(db.prepare('pragma quick_check(1)').get() ?? {})[0]
    } finally {
      db.close()
    }
  } catch (error) {
    throw new EngineError('DATABASE_DAMAGED', { detail: `${path} cannot be read`, cause: error })
  }
  if (found !== 'ok') {
    throw new EngineError('DATABASE_DAMAGED', { detail: `${path} has damaged pages` })
  }
}

/**
 * Ids of the keys that the database was made with; empty for one that is about to be made.
 * Opened for reading only, because a last writer that closes would bring the log into the main file.
 */
export function keyIdsInFile(path: string): string[] {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) return []
  return reading(path, (db) => textsIn(db, 'keys', 'id'))
}

/** What a database says of itself. */
export interface SqliteSurvey {
  readonly keyIds: readonly string[]
  /** Unix seconds; undefined without events. */
  readonly newestEventAt: number | undefined
  /** A newer version has changed its tables. */
  readonly isNewer: boolean
}

/** @param path of a file that `inspectSqliteFile` calls ours; nothing is written, beside a running server too */
export function surveySqliteFile(path: string): SqliteSurvey {
  return reading(path, (db) => {
    const newest = hasTable(db, 'events')
      ? db.prepare('select max(at) as at from events').get()?.['at']
      : null
    const steps = textsIn(db, 'kysely_migration', 'name')
    return {
      keyIds: textsIn(db, 'keys', 'id'),
      newestEventAt: typeof newest === 'number' ? newest : undefined,
      isNewer: steps.some((step) => !MIGRATION_NAMES.includes(step)),
    }
  })
}

function reading<Answer>(path: string, read: (db: DatabaseSync) => Answer): Answer {
  const db = hasPendingLog(path) ? new DatabaseSync(path, { readOnly: true }) : openImmutable(path)
  try {
    return read(db)
  } finally {
    db.close()
  }
}

function textsIn(db: DatabaseSync, table: string, column: string): string[] {
  if (!hasTable(db, table)) return []
  const rows = db.prepare(`select ${column} as text from ${table}`).all()
  return rows.map(({ text }) => String(text))
}

function hasTable(db: DatabaseSync, name: string): boolean {
  const known = db.prepare("select 1 from sqlite_master where type = 'table' and name = ?")
  return known.get(name) !== undefined
}

/** Committed changes that stand only in the write-ahead log. */
function hasPendingLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
}

/** As if on a read-only disk: no lock, no `-wal`, no `-shm`. */
function openImmutable(path: string): DatabaseSync {
  return new DatabaseSync(new URL(`${pathToFileURL(path).href}?immutable=1`), { readOnly: true })
}
