/** A database as an earlier version left it, for tests of what becomes of it. */
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { migrations } from '../src/stores/migrations/index.ts'

/** @param step the last one of `stores/migrations` that it knows */
export async function oldDatabase(path: string, step: string): Promise<DatabaseSync> {
  const database = new DatabaseSync(path)
  database.exec('pragma application_id = 0x48414c46; pragma journal_mode = wal')
  const db = new Kysely<unknown>({
    dialect: new SqliteDialect({
      database: {
        close: () => undefined,
        prepare: (text) => {
          const statement = database.prepare(text)
          return {
            reader: statement.columns().length > 0,
            all: (values) => statement.all(...(values as string[])),
            run: (values) => statement.run(...(values as string[])),
            iterate: (values) => statement.iterate(...(values as string[])),
          }
        },
      },
    }),
  })
  const provider = migrations({ bytes: 'blob', seconds: 'integer' })
  const { error } = await new Migrator({ db, provider }).migrateTo(step)
  assert.equal(error, undefined)
  await db.destroy()
  return database
}
