import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { buildPackages } from '../build-packages.ts'
import { checkPackages, publicPaths } from '../check-packages.ts'
import { borrowToolchain, tree } from './fixture.ts'
import { threePackages } from './three-packages.ts'

test('every public path of a package is tried', () => {
  const exports = { '.': './a.js', './testing': './b.js' }
  const manifest = { name: '@halfminute/engine', version: '1.0.0', exports }
  assert.deepEqual(publicPaths(manifest), ['@halfminute/engine', '@halfminute/engine/testing'])
})

test('sound tarballs pass as a stranger finds them', async (t) => {
  const root = tree(t, threePackages())
  borrowToolchain(root)
  assert.match((await checkPackages(root)).join('\n'), /npm run build first/)
  assert.deepEqual(await buildPackages(root), [])
  assert.deepEqual(await checkPackages(root), [])
})

test('a command that lies, an import that throws and a leaning type are told', async (t) => {
  const root = tree(t, threePackages())
  borrowToolchain(root)
  const change = (file: string, from: string, to: string) => {
    const path = join(root, 'packages', file)
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))
  }
  change('server/src/cli/run.ts', "'0.1.0'", "'9.9.9'")
  change('engine/src/testing/index.ts', 'export', "throw new Error('no')\nexport")
  change('otp/src/code.ts', 'export const', 'export type Leaning = Buffer\nexport const')
  assert.deepEqual(await buildPackages(root), [])
  const told = (await checkPackages(root)).join('\n')
  assert.match(told, /halfminute --version: answered "9\.9\.9"/)
  assert.match(told, /import '@halfminute\/engine\/testing'/)
  assert.match(told, /Buffer/)
})
