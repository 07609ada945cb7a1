import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { buildPackages, wrongContents } from '../build-packages.ts'
import { readManifest } from '../lib/manifest.ts'
import { publishedManifest } from '../lib/published-manifest.ts'
import { borrowToolchain, tree } from './fixture.ts'
import { threePackages } from './three-packages.ts'

test('a published manifest points at compiled files and drops what is only for us', () => {
  const published = publishedManifest(
    {
      name: '@halfminute/engine',
      version: '1.2.3',
      private: true,
      scripts: { test: 'x' },
      devDependencies: { y: '1' },
      dependencies: { kysely: '1' },
      exports: { '.': './src/index.ts', './testing': './src/testing/index.ts' },
      imports: { '#cli': './src/cli/run.ts' },
    },
    ['dist'],
  )
  const { keywords, ...rest } = published
  assert.ok(keywords && keywords.length > 0)
  assert.deepEqual(rest, {
    name: '@halfminute/engine',
    version: '1.2.3',
    dependencies: { kysely: '1' },
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './testing': { types: './dist/testing/index.d.ts', default: './dist/testing/index.js' },
    },
    imports: { '#cli': './dist/cli/run.js' },
    engines: { node: '>=24' },
    files: ['dist'],
    author: 'Halfminute contributors',
    license: 'MIT',
    publishConfig: { access: 'public' },
  })
})

test('sources, tests and broken promises in a tarball are problems', () => {
  const manifest = {
    name: 'a',
    version: '1.0.0',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    bin: { a: 'bin/a.js' },
  }
  const right = ['package.json', 'LICENSE', 'dist/index.js', 'dist/index.d.ts', 'bin/a.js']
  assert.deepEqual(wrongContents(right, manifest), [])
  const stray = ['src/index.ts', 'dist/a.test.js', 'test/b.js']
  assert.equal(wrongContents([...right, ...stray], manifest).length, stray.length)
  assert.equal(wrongContents(['package.json', 'dist/index.js'], manifest).length, 2)
})

test('three packages are staged against each other and packed', async (t) => {
  const root = tree(t, threePackages())
  borrowToolchain(root)
  assert.deepEqual(await buildPackages(root), [])

  const build = join(root, 'build')
  for (const name of ['halfminute-otp', 'halfminute-engine', 'halfminute']) {
    assert.ok(existsSync(join(build, `${name}-0.1.0.tgz`)), name)
  }
  assert.equal(readManifest(join(build, 'server'))?.private, undefined)
  assert.ok(existsSync(join(build, 'server/dist/pages/style.css')), 'assets lie beside the code')
  const declarations = readFileSync(join(build, 'otp/dist/index.d.ts'), 'utf8')
  assert.match(declarations, /'\.\/code\.js'/)
  assert.doesNotMatch(declarations, /\.ts'/)

  await t.test('and a type that the layer below stopped exporting fails the build', async () => {
    const broken = { 'packages/otp/src/index.ts': 'export const other = 1\n' }
    const below = tree(t, { ...threePackages(), ...broken })
    borrowToolchain(below)
    const problems = await buildPackages(below)
    assert.match(problems.join('\n'), /^packages\/engine\/src\/index\.ts/m)
  })

  await t.test('and a second build starts afresh', async () => {
    rmSync(join(root, 'packages/server/src/pages/style.css'))
    assert.deepEqual(await buildPackages(root), [])
    assert.ok(!existsSync(join(build, 'server/dist/pages/style.css')))
  })
})
