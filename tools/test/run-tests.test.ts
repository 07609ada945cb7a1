import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { listFiles, repositoryRoot } from '../lib/files.ts'
import { run } from '../lib/process.ts'
import { selectTests } from '../run-tests.ts'
import { tree } from './fixture.ts'

const FILES = {
  'packages/otp/test/totp.test.ts': '',
  'packages/otp/test/deep/er.test.ts': '',
  'packages/otp/test/helper.ts': '',
  'packages/otp/src/not-here.test.ts': '',
  'packages/otp/node_modules/x/test/theirs.test.ts': '',
  'packages/engine/test/race.slow.test.ts': '',
  'e2e/login.test.ts': '',
  'e2e/node_modules/x/theirs.test.ts': '',
  'examples/hono/app.test.ts': '',
  'tools/test/a.test.ts': '',
  'bench/b.test.ts': '',
}
const EVERYDAY = [
  'bench/b.test.ts',
  'e2e/login.test.ts',
  'examples/hono/app.test.ts',
  'packages/otp/test/deep/er.test.ts',
  'packages/otp/test/totp.test.ts',
  'tools/test/a.test.ts',
]

test('every test file of every folder is found, and nothing else', (t) => {
  assert.deepEqual(selectTests(tree(t, FILES), []).files, EVERYDAY)
})

test('slow tests run with --slow, beside all others, or when named', (t) => {
  const root = tree(t, FILES)
  const slow = 'packages/engine/test/race.slow.test.ts'
  assert.deepEqual(selectTests(root, ['--slow']).files.toSorted(), [...EVERYDAY, slow].toSorted())
  assert.deepEqual(selectTests(root, [slow]).files, [slow])
})

test('words narrow the run, flags pass through, a word without a match is told', (t) => {
  const root = tree(t, FILES)
  const chosen = selectTests(root, ['./packages/otp', 'login', '--test-only'])
  assert.equal(chosen.files.length, 3)
  assert.deepEqual(chosen.flags, ['--test-only'])
  assert.deepEqual(selectTests(root, ['totp', 'nowhere']).unmatched, ['nowhere'])
  assert.deepEqual(selectTests(root, ['race']).unmatched, ['race'])
})

test('no test file of this repository lies where the runner does not look', () => {
  const all = listFiles(repositoryRoot, ['**/*.test.ts'])
  assert.deepEqual(all, selectTests(repositoryRoot, ['--slow']).files)
})

test('the status and the closing summary are those of the runner', async () => {
  const script = join(repositoryRoot, 'tools', 'run-tests.ts')
  const at = { cwd: repositoryRoot }
  const passed = await run(process.execPath, [script, 'tools/test/source.test.ts'], at)
  assert.equal(passed.status, 0, passed.output)
  assert.match(stripVTControlCharacters(passed.output).trimEnd(), /duration_ms [\d.]+$/)
  const missed = await run(process.execPath, [script, 'no-such-test'], at)
  assert.equal(missed.status, 1)
})
