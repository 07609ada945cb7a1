import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importsOf, scan } from '../lib/source.ts'

const specifiers = (source: string) => importsOf(source).imports.map((one) => one.specifier)

test('every form of import is seen, over several lines as well', () => {
  const source = [
    "import a from 'a'",
    "import 'side-effect'",
    "import {\n  b,\n  type C,\n} from 'b'",
    "import type { D } from 'd'",
    "export * from 'e'",
    "export { f } from 'f'",
    "const g = await import('g')",
    "const h = require('h')",
    "let i: import('i').I",
    'import * as j from "j"',
    'await import(`k`)',
  ].join('\n')
  const names = ['a', 'side-effect', 'b', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k']
  assert.deepEqual(specifiers(source), names)
})

test('what only looks like an import is not one', () => {
  const source = [
    "// import a from 'a'",
    "/* import b from 'b' */",
    'const text = "import c from \'c\'"',
    "const page = `import d from 'd'`",
    "const list = Array.from('e')",
    'const pattern = /import "f"/',
  ].join('\n')
  assert.deepEqual(specifiers(source), [])
})

test('code inside a template is code, text around it is not', () => {
  const { code } = scan('const x = `Date.now() ${Date.now()} // Date.now()` + y')
  assert.equal(code.match(/Date\.now/g)?.length, 1)
  assert.match(code, /\+ y$/)
})

test('a quote in a regular expression does not open a string', () => {
  const source = `const quote = /['"]/g\nconst half = a / b\nimport c from 'c'`
  assert.deepEqual(specifiers(source), ['c'])
})

test('positions stay those of the source', () => {
  const source = `/* é 😀 */ const a = 'x' // end\nimport b from 'b'\n`
  const { code, strings } = scan(source)
  assert.equal(code.length, source.length)
  for (const start of strings.keys()) assert.equal(source[start], "'")
  assert.equal(code.split('\n').length, source.split('\n').length)
})

test('an import whose name is computed is reported by its place', () => {
  assert.deepEqual(importsOf('await import(name)').computed, [6])
  assert.deepEqual(importsOf("await import('name'); import.meta.url").computed, [])
})
