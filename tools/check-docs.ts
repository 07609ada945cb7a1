/**
 * Stops this rot: a manual that describes last month's program. Tables that can be written from code are
 * written from code; links lead somewhere; commands exist; snippets compile, and some of them run.
 *
 *     node tools/check-docs.ts            exit 1, one line a problem
 *     node tools/check-docs.ts --write    rewrites the generated blocks first
 *
 * Does not judge prose.
 */
import { checkBlocks } from './docs/blocks.ts'
import { GENERATORS } from './docs/generators.ts'
import { checkLinks } from './docs/links.ts'
import { checkNpmScripts } from './docs/npm-scripts.ts'
import { openRows } from './docs/security.ts'
import { checkSnippets } from './docs/snippets.ts'
import { listFiles, repositoryRoot } from './lib/files.ts'
import { report } from './lib/report.ts'

const root = repositoryRoot
const docs = listFiles(root, ['**/*.md'])
const problems = [
  ...(await checkBlocks(root, docs, GENERATORS, process.argv.includes('--write'))),
  ...checkLinks(root, docs),
  ...checkNpmScripts(root, docs),
  ...(await checkSnippets(root)),
]
report(problems, `${docs.length} pages agree with the code; ${openRows(root)}`)
