import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { checkImports } from '../check-imports.ts'
import { tree } from './fixture.ts'

const MANIFESTS = {
  'packages/otp/package.json': { dependencies: { '@noble/hashes': '1.0.0' } },
  'packages/engine/package.json': { dependencies: { '@halfminute/otp': '0.1.0', kysely: '1.0.0' } },
  'packages/server/package.json': {
    dependencies: { '@halfminute/engine': '0.1.0', '@halfminute/otp': '0.1.0', hono: '1.0.0' },
    devDependencies: { 'smtp-server': '1.0.0' },
  },
}

function problemsIn(t: TestContext, files: Readonly<Record<string, string>>): string[] {
  return checkImports(tree(t, { ...MANIFESTS, ...files })).problems
}

const ALLOWED: Record<string, string> = {
  'packages/otp/src/totp.ts': "import { sha256 } from '@noble/hashes/sha2.js'\nimport './sha1.ts'",
  'packages/otp/test/totp.test.ts':
    "import '../src/totp.ts'\nimport 'node:test'\nimport 'fast-check'",
  'packages/engine/src/vault.ts': "import 'node:crypto'\nexport * from '@halfminute/otp'",
  'packages/engine/src/testing/clock.ts': "import '../vault.ts'\nimport 'node:test'",
  'packages/engine/src/stores/version.ts': "import '../../package.json' with { type: 'json' }",
  'packages/engine/test/vault.test.ts':
    "import '@halfminute/engine/testing'\nimport '@halfminute/otp'",
  'packages/server/src/cli/run.ts': "const x = await import('@halfminute/engine')\nimport '#cli'",
  'packages/server/test/mail.test.ts': "import 'smtp-server'\nimport '@halfminute/engine/testing'",
  'packages/server/bin/halfminute.js': "import 'node:process'\nawait import('#cli')",
  'e2e/login.test.ts': "import '@halfminute/otp'\nimport 'halfminute'\nimport './browser.ts'",
  'tools/docs/settings.ts': "import '../../packages/server/src/settings.ts'",
}

test('a tree that keeps the borders has no problems', (t) => {
  assert.deepEqual(problemsIn(t, ALLOWED), [])
})

const REFUSED: readonly [property: string, file: string, source: string][] = [
  ['otp knows the engine', 'packages/otp/src/a.ts', "import type { E } from '@halfminute/engine'"],
  ['a test of otp knows the server', 'packages/otp/test/a.test.ts', "import 'halfminute'"],
  ['the engine knows the server', 'packages/engine/src/a.ts', "export * from 'halfminute'"],
  ['a dynamic import crosses too', 'packages/engine/src/a.ts', "await import('halfminute')"],
  ['otp needs Node', 'packages/otp/src/a.ts', "import { createHmac } from 'node:crypto'"],
  ['otp needs a Node global', 'packages/otp/src/a.ts', "export const a = Buffer.from('a')"],
  ['a path into a package', 'packages/engine/src/a.ts', "import '../../otp/src/totp.ts'"],
  ['a path from outside', 'e2e/a.test.ts', "import '../packages/server/src/main.ts'"],
  ['a test by path from tools', 'tools/a.ts', "import '../packages/otp/test/a.ts'"],
  ['packages use tools', 'packages/engine/test/a.test.ts', "import '../../../tools/lib/files.ts'"],
  ['packages use e2e by name', 'packages/server/test/a.test.ts', "import 'halfminute-e2e'"],
  ['src uses tests', 'packages/engine/src/a.ts', "import '../test/helper.ts'"],
  ['src uses testing helpers', 'packages/engine/src/a.ts', "import './testing/clock.ts'"],
  ['src uses them by name', 'packages/server/src/a.ts', "import '@halfminute/engine/testing'"],
  ['an unlisted dependency', 'packages/engine/src/a.ts', "import { Hono } from 'hono'"],
  ['a dev dependency', 'packages/server/src/a.ts', "import { SMTPServer } from 'smtp-server'"],
  ['a built-in without node:', 'packages/engine/src/a.ts', "import 'fs'"],
  ['a package imports itself', 'packages/engine/src/a.ts', "import '@halfminute/engine'"],
  ['a computed import', 'packages/server/src/a.ts', 'await import(name)'],
  ['the bin is held to dependencies', 'packages/server/bin/a.js', "import 'chalk'"],
]

for (const [property, file, source] of REFUSED) {
  test(`refused: ${property}`, (t) => {
    const problems = problemsIn(t, { ...ALLOWED, [file]: `// line 1\n${source}\n` })
    assert.equal(problems.length, 1, problems.join('\n'))
    assert.ok(problems[0]?.startsWith(`${file}:2: `), problems[0])
  })
}

const AMBIENT = [
  'const now = Date.now()',
  'const clock = Date.now',
  'const at = new Date()',
  'const at = new Date',
  'const dice = Math.random()',
  'const id = crypto.randomUUID()',
  'globalThis.crypto.getRandomValues(bytes)',
  "import { randomBytes } from 'node:crypto'",
  "import { createHash, randomInt as pick } from 'node:crypto'",
]

for (const source of AMBIENT) {
  test(`only the named files may say: ${source}`, (t) => {
    for (const file of ['packages/engine/src/a.ts', 'packages/server/src/http/a.ts']) {
      const problems = problemsIn(t, { [file]: source })
      assert.equal(problems.length, 1, problems.join('\n'))
    }
    const free = ['server/src/main.ts', 'engine/src/ports.ts', 'engine/test/a.test.ts']
    for (const file of free) assert.deepEqual(problemsIn(t, { [`packages/${file}`]: source }), [])
  })
}

test('otp has public defaults for the time and for randomness', (t) => {
  const source = 'Date.now()\nglobalThis.crypto.getRandomValues(bytes)'
  assert.deepEqual(problemsIn(t, { 'packages/otp/src/totp.ts': source }), [])
})

test('a handed-in clock, handed-in randomness and a date from a number are fine', (t) => {
  const source = [
    'const bytes = ports.randomBytes(12)',
    'const at = new Date(nowSeconds * 1000)',
    'const now = ports.nowSeconds()',
    '// Date.now() is for main.ts',
    "import { createHash } from 'node:crypto'",
    'const text = `new Date()`',
  ].join('\n')
  assert.deepEqual(problemsIn(t, { 'packages/engine/src/a.ts': source }), [])
})
