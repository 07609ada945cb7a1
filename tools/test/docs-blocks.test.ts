import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkBlocks } from '../docs/blocks.ts'
import { tree } from './fixture.ts'

const page = (name: string, inside = '') =>
  `# Page\n\n<!-- generated:${name} -->\n${inside}<!-- /generated -->\n\nAfter.\n`
const colours = { colours: () => ({ markdown: '| $& red |' }) }

test('a block is written once, then found right, and the rest of the page stays', async (t) => {
  const root = tree(t, { 'a.md': page('colours') })
  assert.equal((await checkBlocks(root, ['a.md'], colours, false)).length, 1)
  assert.deepEqual(await checkBlocks(root, ['a.md'], colours, true), [])
  const written = readFileSync(join(root, 'a.md'), 'utf8')
  assert.ok(written.includes('| $& red |') && written.endsWith('\n\nAfter.\n'))
  assert.deepEqual(await checkBlocks(root, ['a.md'], colours, false), [])
})

test('a block edited by hand is told and not touched', async (t) => {
  const before = page('colours', '\n| blue |\n\n')
  const root = tree(t, { 'a.md': before })
  const problems = await checkBlocks(root, ['a.md'], colours, false)
  assert.match(problems.join('\n'), /^a\.md: 'colours' is not what the code says now/)
  assert.equal(readFileSync(join(root, 'a.md'), 'utf8'), before)
})

test('an unknown name, an unused generator and a block without end are told', async (t) => {
  const root = tree(t, { 'a.md': page('shapes'), 'b.md': '<!-- generated:colours -->\n' })
  const problems = await checkBlocks(root, ['a.md', 'b.md'], colours, true)
  assert.deepEqual(problems, [
    "a.md: nothing generates 'shapes'",
    'b.md: a generated block has no end',
    "no page shows the generated 'colours'",
  ])
})

test('what is wrong with the source of a block fails even while writing', async (t) => {
  const root = tree(t, { 'a.md': page('colours') })
  const wrong = { colours: () => ({ markdown: 'red', problems: ['no blue'] }) }
  assert.deepEqual(await checkBlocks(root, ['a.md'], wrong, true), ['colours: no blue'])
})
