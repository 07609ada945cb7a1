import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { securityRequirements } from '../docs/security.ts'
import { testNamesIn } from '../docs/test-names.ts'
import { repositoryRoot } from '../lib/files.ts'
import { tree } from './fixture.ts'

const TABLE = 'tools/docs/security-requirements.json'

function generated(t: TestContext, rows: object[], tests: Readonly<Record<string, string>>) {
  return securityRequirements(tree(t, { [TABLE]: rows, ...tests }))
}

test('ids at the end of a name are claims, in every way of naming a test', () => {
  const source = [
    "test('once, ever [R9]', () => {})",
    "it('two [R9 R14]', () => {})",
    "describe('a group [R1, R2]', () => {",
    '  test(`plain template [R3]`, () => {})',
    '  test(`${name} holds [R4]`, () => {})',
    "  await t.test('inner [R5]', () => {})",
    '})',
    "test.only('only [R6]', () => {})",
    "test(\n  'on its own line [R7]',\n  () => {},\n)",
    "attack('sends it twice [R9]', { defence: 'once [R1]' }, story)",
    "ownAttack(\n  'waits [R13]',\n  options,\n  story,\n)",
    "counterattack('no test [R14]')",
    "test('not at the [R8] end', () => {})",
    "// test('commented out [R10]', () => {})",
    "test.skip('skipped [R11]', () => {})",
    "test.todo('planned [R12]')",
    "pattern.test('a value [R13]')",
  ].join('\n')
  const found = testNamesIn('a.test.ts', source)
  assert.deepEqual(
    found.map(({ ids }) => ids.join(' ')),
    ['R9', 'R9 R14', 'R1 R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R9', 'R13', ''],
  )
  assert.equal(found[0]?.name, 'once, ever')
  assert.equal(found[4]?.name, '… holds')
  assert.equal(found[1]?.line, 2)
})

test('a promise is kept by its tests or open for a reason', (t) => {
  const rows = [
    { id: 'R1', text: 'First.' },
    { id: 'R2', text: 'Second.', waits: 'admin' },
  ]
  const tests = { 'packages/otp/test/a.test.ts': "test('a | b [R1]', () => {})" }
  const { markdown, problems } = generated(t, rows, tests)
  assert.deepEqual(problems, [])
  assert.match(
    markdown,
    /^\| R1 \| First\. \| `packages\/otp\/test\/a\.test\.ts`: a \\\| b \| kept \|$/m,
  )
  assert.match(markdown, /^\| R2 \| Second\. \|  \| open — waits for admin \|$/m)
})

test('many tests of one promise are shortened, and suites shipped for others count', (t) => {
  const names = ['one', 'two', 'three', 'four', 'five'].map((n) => `it('${n} [R1]', f)`)
  const { markdown } = generated(t, [{ id: 'R1', text: 'First.' }], {
    'e2e/b.test.ts': names.join('\n'),
    'packages/engine/src/testing/contract.ts': "it('by any store [R1]', f)",
  })
  assert.match(markdown, /`e2e\/b\.test\.ts`: one; two; three; 2 more<br>/)
  assert.match(markdown, /`packages\/engine\/src\/testing\/contract\.ts`: by any store/)
})

test('neither, both, an unknown id, an unknown part and a doubled row are told', (t) => {
  const rows = [
    { id: 'R1', text: 'Neither.' },
    { id: 'R2', text: 'Both.', waits: 'admin' },
    { id: 'R3', text: 'Unknown part.', waits: 'good weather' },
    { id: 'R4', text: 'Twice.', waits: 'admin' },
    { id: 'R4', text: 'Twice.', waits: 'admin' },
  ]
  const tests = { 'e2e/a.test.ts': "test('x [R2 R99]', () => {})" }
  assert.deepEqual(generated(t, rows, tests).problems, [
    'R1 has no test',
    `R2 has a test and still waits in ${TABLE}`,
    `${TABLE}: R3 waits for 'good weather', which is no part`,
    `${TABLE}: R4 stands there twice`,
    'e2e/a.test.ts:1: claims R99, which no row promises',
  ])
})

test('the table of this project counts from R1 to R52', () => {
  const rows = JSON.parse(readFileSync(join(repositoryRoot, TABLE), 'utf8')) as { id: string }[]
  assert.deepEqual(
    rows.map(({ id }) => id),
    Array.from({ length: 52 }, (_, at) => `R${at + 1}`),
  )
})
