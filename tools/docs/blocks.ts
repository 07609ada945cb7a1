/**
 * Fills or compares the generated blocks of the manual. A block nobody can write, a block that was edited
 * by hand or has aged, and a generator no page shows are problems.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Generated, Generator } from './generators.ts'

const BLOCK = /^<!-- generated:([\w-]+) -->\n([\s\S]*?)^<!-- \/generated -->$/gm
const OPENING = /^<!-- generated:/gm

/** Tables stay as the generator wrote them: padding every row to the widest would drown each change. */
function blockOf(name: string, { markdown }: Generated): string {
  return [
    `<!-- generated:${name} -->`,
    '<!-- prettier-ignore-start -->',
    markdown.trim(),
    '<!-- prettier-ignore-end -->',
    '<!-- /generated -->',
  ].join('\n\n')
}

export async function checkBlocks(
  root: string,
  docs: readonly string[],
  generators: Readonly<Record<string, Generator>>,
  write: boolean,
): Promise<string[]> {
  const problems: string[] = []
  const made = new Map<string, Generated>()

  for (const doc of docs) {
    const before = readFileSync(join(root, doc), 'utf8')
    let after = before
    const blocks = [...before.matchAll(BLOCK)]
    if (blocks.length !== [...before.matchAll(OPENING)].length) {
      problems.push(`${doc}: a generated block has no end`)
      continue
    }
    for (const [whole, name = ''] of blocks) {
      const generator = Object.hasOwn(generators, name) ? generators[name] : undefined
      if (!generator) {
        problems.push(`${doc}: nothing generates '${name}'`)
        continue
      }
      const generated = made.get(name) ?? (await generator(root))
      made.set(name, generated)
      const block = blockOf(name, generated)
      after = after.replace(whole, () => block)
      if (whole !== block && !write) {
        problems.push(`${doc}: '${name}' is not what the code says now; npm run docs`)
      }
    }
    if (write && after !== before) writeFileSync(join(root, doc), after)
  }

  for (const [name, { problems: own = [] }] of made) {
    problems.push(...own.map((line) => `${name}: ${line}`))
  }
  const unused = Object.keys(generators).filter((name) => !made.has(name))
  return [...problems, ...unused.map((name) => `no page shows the generated '${name}'`)]
}
