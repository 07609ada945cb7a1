/** The table of removed defences fits the sources and the attacks as they are. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { REMOVED_DEFENCES } from './removed-defences.ts'
import type { Edit } from './removed/edit.ts'
import { edited } from './support/remove-defence.ts'

const ROOT = join(import.meta.dirname, '../..')
const TABLE: readonly (readonly [string, readonly Edit[]])[] = Object.entries(REMOVED_DEFENCES)

test('every edit that removes a defence fits its source exactly once', () => {
  const sources = new Map<string, string>()
  for (const [name, edits] of TABLE) {
    sources.clear()
    for (const edit of edits) {
      const source = sources.get(edit.file) ?? readFileSync(join(ROOT, edit.file), 'utf8')
      const after = edited(source, edit)
      assert.notEqual(after, source, name)
      sources.set(edit.file, after)
    }
  }
})

test('an edit that fits nowhere, or twice, is a failure and not a sound server', () => {
  const edit = { file: 'a.ts', find: 'here', replace: 'there' }
  assert.equal(edited('it is here.', edit), 'it is there.')
  assert.throws(() => edited('it is gone.', edit), /not exactly once in a\.ts/)
  assert.throws(() => edited('here and here', edit), /not exactly once in a\.ts/)
})

/** Merged into one table, the later of two would take the other one's place unseen. */
test('no two defences have one name', async () => {
  const files = readdirSync(join(import.meta.dirname, 'removed'))
  const names = await Promise.all(
    files.map(async (file) => {
      const tables = Object.values((await import(`./removed/${file}`)) as Record<string, object>)
      return tables
        .filter((table) => typeof table === 'object' && !Array.isArray(table))
        .flatMap((table) => Object.keys(table))
    }),
  )
  assert.deepEqual(names.flat().toSorted(), Object.keys(REMOVED_DEFENCES).toSorted())
})

test('every defence in the table is removed by an attack', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'))
  const attacks = files.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join()
  for (const [name] of TABLE) assert.ok(attacks.includes(name), `no attack names "${name}"`)
})
