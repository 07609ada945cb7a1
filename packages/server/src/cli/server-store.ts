/**
 * The database of a server, opened beside it, and how what stands there is shown.
 * Promises: none is made where there is none; what stands in the way is told as a start would tell it.
 */
import { EngineError, inspectSqliteFile, sqliteStore } from '@halfminute/engine'
import type { Store } from '@halfminute/engine'
import { databaseProblem } from '../opening.ts'
import { refused } from './errors.ts'

/** @throws CliError */
export async function withServerStore(
  database: string,
  work: (store: Store) => Promise<number>,
): Promise<number> {
  try {
    if (inspectSqliteFile(database) === 'new') {
      throw refused('there is no database there', 'HALFMINUTE_DATABASE or --database names it')
    }
    const store = sqliteStore(database)
    try {
      await store.ready()
      return await work(store)
    } finally {
      await store.close()
    }
  } catch (error) {
    // What the system says when the file cannot be opened has a code; a bug of ours has not.
    const known = error instanceof EngineError || (error instanceof Error && 'errcode' in error)
    const system = error instanceof Error && 'syscall' in error
    if (!known && !system) throw error
    const { message, hint } = databaseProblem(error, database)
    throw refused(message, hint)
  }
}

/** Whoever edits the database chooses these texts; a terminal must not take them for commands. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{FFFD}')
}

/** ISO 8601 in UTC; a number that is no time stays one. */
export function timeOf(seconds: number): string | number {
  const time = new Date(seconds * 1_000)
  return Number.isNaN(time.getTime()) ? seconds : `${time.toISOString().slice(0, -5)}Z`
}

/** Rows of cells under each other, a line each. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? []
  return rows
    .map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}

/** Sign-ins with logins that nobody has stand together, under no account. */
export function accountName(accountId: string): string {
  return accountId === '' ? '(unknown logins)' : printable(accountId)
}
