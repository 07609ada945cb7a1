/**
 * Writes the table that holds the project to its security promises: each row is kept by a named test or
 * says which missing part it waits for. A test claims rows at the end of its name: `… once, ever [R9 R14]`.
 *
 * A promise with neither test nor excuse, one with both, and a test that claims an unknown row are problems.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Generated } from './generators.ts'
import { tableRow } from './markdown.ts'
import { type NamedTest, namedTests } from './test-names.ts'

/** The parts of the product that a promise may wait for. */
const PARTS = ['mail and SMS', 'admin']
const NAMES_SHOWN = 3
const NAME_LENGTH = 90

interface Requirement {
  readonly id: string
  readonly text: string
  readonly waits?: string
}

const TABLE = 'tools/docs/security-requirements.json'

function problemsOf(rows: readonly Requirement[], tests: readonly NamedTest[]): string[] {
  const claimed = new Set(tests.flatMap(({ ids }) => ids))
  const known = new Set(rows.map(({ id }) => id))
  const ofRows = rows.flatMap(({ id, waits }, at) => {
    if (rows.findIndex((row) => row.id === id) !== at) return [`${TABLE}: ${id} stands there twice`]
    if (waits !== undefined && !PARTS.includes(waits)) {
      return [`${TABLE}: ${id} waits for '${waits}', which is no part`]
    }
    if (waits !== undefined && claimed.has(id))
      return [`${id} has a test and still waits in ${TABLE}`]
    return waits === undefined && !claimed.has(id) ? [`${id} has no test`] : []
  })
  const ofTests = tests.flatMap(({ file, line, ids }) =>
    ids
      .filter((id) => !known.has(id))
      .map((id) => `${file}:${line}: claims ${id}, which no row promises`),
  )
  return [...ofRows, ...ofTests]
}

function shorten(name: string): string {
  return name.length <= NAME_LENGTH ? name : `${name.slice(0, NAME_LENGTH - 1).trimEnd()}…`
}

/** Tests by file: the first few names in words, the rest as a number. */
function testsCell(tests: readonly NamedTest[]): string {
  return [...Map.groupBy(tests, ({ file }) => file)]
    .map(([file, own]) => {
      const names = own.slice(0, NAMES_SHOWN).map(({ name }) => shorten(name))
      const more = own.length - names.length
      if (more > 0) names.push(`${more} more`)
      return `\`${file}\`: ${names.join('; ')}`
    })
    .join('<br>')
}

/** Which promises are not kept yet, for whoever runs the checks. */
export function openRows(root: string): string {
  const rows = JSON.parse(readFileSync(join(root, TABLE), 'utf8')) as Requirement[]
  const open = rows.filter(({ waits }) => waits !== undefined).map(({ id }) => id)
  if (open.length === 0) return `all ${rows.length} promises are kept`
  return `${rows.length - open.length} of ${rows.length} promises are kept, open: ${open.join(', ')}`
}

export function securityRequirements(root: string): Generated {
  const rows = JSON.parse(readFileSync(join(root, TABLE), 'utf8')) as Requirement[]
  const tests = namedTests(root).filter(({ ids }) => ids.length > 0)
  const lines = rows.map(({ id, text, waits }) => {
    const own = tests.filter(({ ids }) => ids.includes(id))
    const without = waits === undefined ? '**no test**' : `open — waits for ${waits}`
    return tableRow([id, text, testsCell(own), own.length > 0 ? 'kept' : without])
  })
  return {
    markdown: [tableRow(['', 'Promise', 'Kept by', 'State']), '|---|---|---|---|', ...lines].join(
      '\n',
    ),
    problems: problemsOf(rows, tests),
  }
}
