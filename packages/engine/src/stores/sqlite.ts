/**
 * The embedded database: `node:sqlite` in WAL mode with `synchronous=FULL`, so that what was
 * acknowledged survives a power cut.
 *
 * Promises: a file that is not a sound database of ours is refused before anything is written; two
 * processes may share one file. Leaves to `sql.ts`: every statement.
 */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { CompiledQuery, Kysely, SqliteAdapter, SqliteDialect, SqliteDriver } from 'kysely'
import type { DatabaseConnection, SqliteDatabase, SqliteDialectConfig } from 'kysely'
import { EngineError } from '../errors.ts'
import type { Store } from '../store.ts'
import { sqlStore } from './sql.ts'
import type { Schema } from './sql/schema.ts'

/** "HALF" in the file's header says whose file it is (SQLite file format §1.3.17). */
const APPLICATION_ID = 0x48414c46
/** Up to this size the whole file is checked at the start. */
const CHECKED_BYTES = 32 * 1024 * 1024
/** SQLite's result code for "somebody else is at it" (sqlite3.h). */
const SQLITE_BUSY = 5

/**
 * @param path a file, made when it does not exist; `:memory:` where nothing need last
 * @throws EngineError at the first use: DATABASE_FOREIGN, DATABASE_DAMAGED, DATABASE_NEWER
 */
export function sqliteStore(path: string): Store {
  return sqlStore({
    types: { bytes: 'blob', seconds: 'integer' },
    open: async () => {
      const isNew = path === ':memory:' || inspectSqliteFile(path) === 'new'
      const database = await openPatiently(path, isNew)
      return new Kysely<Schema>({ dialect: new ImmediateSqlite({ database }) })
    },
  })
}

/** Going over to WAL does not wait for a process that does so at the same moment; so this does. */
async function openPatiently(path: string, isNew: boolean): Promise<SqliteDatabase> {
  for (let tries = 1; ; tries++) {
    try {
      return open(path, isNew)
    } catch (error) {
      const busy = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
      if (!busy || tries === 100) throw error
      await setTimeout(20)
    }
  }
}

function open(path: string, isNew: boolean): SqliteDatabase {
  const db = new DatabaseSync(path, { timeout: 5_000 })
  try {
    // Before WAL, so that it stands in the main file from its first page on.
    if (isNew) db.exec(`pragma application_id = ${APPLICATION_ID}`)
    db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on')
  } catch (error) {
    db.close()
    throw error
  }
  return withStatementCache(db)
}

/** Statements are few and fixed, so each is prepared once. */
function withStatementCache(db: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, StatementSync>()
  return {
    close: () => {
      db.close()
    },
    prepare: (text) => {
      let statement = statements.get(text)
      if (statement === undefined) {
        statement = db.prepare(text)
        statements.set(text, statement)
      }
      const prepared = statement
      return {
        reader: prepared.columns().length > 0,
        all: (values) => prepared.all(...(values as SQLInputValue[])),
        run: (values) => prepared.run(...(values as SQLInputValue[])),
        iterate: (values) => prepared.iterate(...(values as SQLInputValue[])),
      }
    },
  }
}

/** A transaction that will write takes the lock at its start, so that it never has to give up half-way. */
class ImmediateSqlite extends SqliteDialect {
  readonly #config: SqliteDialectConfig
  constructor(config: SqliteDialectConfig) {
    super(config)
    this.#config = config
  }
  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#config)
  }
  override createAdapter(): SqliteAdapter {
    return new AtomicSchema()
  }
}

/** Migrations run in one transaction: a process that is killed, or two that start, leave none half done. */
class AtomicSchema extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

/**
 * Is this file a sound database of ours? Reads only, and leaves no `-wal` or `-shm` behind.
 * An empty or absent file is one that is about to be made.
 */
export function inspectSqliteFile(path: string): 'new' | 'ours' {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return 'new'
  const header = Buffer.alloc(100)
  const file = openSync(path, 'r')
  readSync(file, header, 0, 100, 0)
  closeSync(file)
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw new EngineError('DATABASE_DAMAGED', { detail: `${path} is not an SQLite database` })
  }
  const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16)
  const pending = existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0
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
    const db = new DatabaseSync(new URL(`${pathToFileURL(path).href}?immutable=1`), { readOnly: true })
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
