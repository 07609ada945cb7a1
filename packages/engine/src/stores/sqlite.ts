/**
 * The embedded database: `node:sqlite` in WAL mode with `synchronous=FULL`, so that what was
 * acknowledged survives a power cut.
 *
 * Promises: a file that is not a sound database of ours is refused before anything is written; two
 * processes may share one file. Leaves to `sql.ts`: every statement.
 */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { CompiledQuery, Kysely, SqliteAdapter, SqliteDialect, SqliteDriver } from 'kysely'
import type { DatabaseConnection, SqliteDatabase, SqliteDialectConfig } from 'kysely'
import { EngineError } from '../errors.ts'
import type { Store } from '../store.ts'
import { sqlStore } from './sql.ts'
import { APPLICATION_ID, inspectSqliteFile, keyIdsInFile } from './sqlite-file.ts'
import type { Schema } from './sql/schema.ts'

/** SQLite's result codes (sqlite3.h): somebody else is at it; not what a database looks like. */
const SQLITE_BUSY = 5
const SQLITE_DAMAGED: readonly unknown[] = [11, 26]

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
    keyIds: () => {
      const isNew = path === ':memory:' || inspectSqliteFile(path) === 'new'
      return isNew ? [] : keyIdsInFile(path)
    },
    isDamage: (error) => SQLITE_DAMAGED.includes(resultCode(error)),
  })
}

/** Going over to WAL does not wait for a process that does so at the same moment; so this does. */
async function openPatiently(path: string, isNew: boolean): Promise<SqliteDatabase> {
  for (let tries = 1; ; tries++) {
    try {
      return open(path, isNew)
    } catch (error) {
      const code = resultCode(error)
      if (SQLITE_DAMAGED.includes(code)) throw new EngineError('DATABASE_DAMAGED', { cause: error })
      if (code !== SQLITE_BUSY || tries === 100) throw error
      await setTimeout(20)
    }
  }
}

function resultCode(error: unknown): unknown {
  return error instanceof Error && 'errcode' in error ? error.errcode : undefined
}

function open(path: string, isNew: boolean): SqliteDatabase {
  // Hashes and logins are for this user alone; the log and its index take over the file's mode.
  if (isNew && path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
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
