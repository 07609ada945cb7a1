import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkLinks } from '../docs/links.ts'
import { checkNpmScripts } from '../docs/npm-scripts.ts'
import { checkSnippets } from '../docs/snippets.ts'
import { borrowToolchain, tree } from './fixture.ts'

const fence = (info: string, text: string) => `\`\`\`${info}\n${text}\n\`\`\`\n`

test('links lead to files and headings', (t) => {
  const other = '# Other\n\n## The `code`, twice!\n\n## The code twice\n\n<a id="by-hand"></a>\n'
  const right = [
    '[a](docs/other.md) [b](docs/other.md#the-code-twice) [c](docs/other.md#by-hand)',
    '[d](#here) [e](https://example.com/x) [f](mailto:a@example.com) ![g](docs/ "title")',
    '`[not](a-link.md)`\n\n## Here\n\n[h]: docs/other.md#the-code-twice-1\n',
    fence('text', '[not](a-link.md)'),
  ].join('\n')
  const root = tree(t, { 'README.md': right, 'docs/other.md': other })
  assert.deepEqual(checkLinks(root, ['README.md', 'docs/other.md']), [])
})

test('links to nowhere are told with their line', (t) => {
  const wrong = '\n[a](gone.md)\n[b](#gone)\n[c](other.md#gone)\n[d](/other.md)\n\n[e]: gone.ts\n'
  const root = tree(t, { 'a.md': `${wrong}<img src="gone.png">\n`, 'other.md': '# Other\n' })
  const lines = checkLinks(root, ['a.md']).map((line) => line.split(':')[1])
  assert.deepEqual(new Set(lines), new Set(['2', '3', '4', '5', '7', '8']))
})

test('npm scripts that a page shows exist, at the root or beside the page', (t) => {
  const root = tree(t, {
    'package.json': { scripts: { test: 'x', 'test:slow': 'x' } },
    'examples/hono/package.json': { scripts: { start: 'x' } },
    'a.md':
      '`npm test`, `npm run test:slow -- x`, `npm ci && npm test`; npm is fine, npm packages too',
    'examples/hono/README.md': fence('sh', 'npm install\nnpm run test\nnpm start'),
    'wrong.md': `\`npm start\` and \`npm run nothing\`\n${fence('sh', 'npm tset')}`,
  })
  assert.deepEqual(checkNpmScripts(root, ['a.md', 'examples/hono/README.md']), [])
  assert.deepEqual(checkNpmScripts(root, ['wrong.md']), [
    'wrong.md:1: npm start: no such script in package.json',
    'wrong.md:1: npm run nothing: no such script in package.json',
    'wrong.md:3: npm tset: no such script in package.json',
  ])
})

test('snippets that compile and run pass; ignored ones and other languages are left alone', async (t) => {
  const assertion = "import assert from 'node:assert/strict'\nassert.equal(1 + 1, 2)"
  const pages = [
    fence('ts run', assertion),
    fence('ts', 'const unused: number = 1'),
    fence('ts ignore', 'this is not code'),
    fence('sh', 'nor is this'),
    `- in a list\n\n  ${fence('ts', 'export const a = await Promise.resolve(1)').replaceAll('\n', '\n  ')}`,
  ]
  const root = tree(t, { 'README.md': pages.join('\n') })
  borrowToolchain(root)
  assert.deepEqual(await checkSnippets(root), [])
})

test('a snippet that does not compile, run or say what it is, is told by its page and line', async (t) => {
  const root = tree(t, {
    'docs/a.md': `# A\n\n${fence('ts', 'const a = 1\nconst b: string = a')}`,
    'packages/otp/README.md': fence('ts run', "throw new Error('broken')"),
    'README.md': fence('ts runs', ''),
  })
  borrowToolchain(root)
  const [mark, type, run, ...rest] = await checkSnippets(root)
  assert.match(mark ?? '', /^README\.md:1: unknown mark 'ts runs'/)
  assert.match(type ?? '', /^docs\/a\.md:5: error TS2322/)
  assert.match(run ?? '', /^packages\/otp\/README\.md:1: does not run:[^]*broken/)
  assert.deepEqual(rest, [])
})
