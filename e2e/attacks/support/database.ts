/**
 * The database file, for whoever has got hold of it. Promises: servers may be running on it, and find what
 * was changed at their next look.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { OwnTarget } from './target.ts'

/** @param work SQL by hand; a copy of the file that somebody has stolen tells as much */
export function inDatabase<Answer>(target: OwnTarget, work: (db: DatabaseSync) => Answer): Answer {
  const db = new DatabaseSync(join(target.folder, 'a.db'), { timeout: 5_000 })
  try {
    return work(db)
  } finally {
    db.close()
  }
}
