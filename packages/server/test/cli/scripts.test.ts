/**
 * Runs scripts/*.txt, which read like a terminal. A step is a block of lines; all it prints must be there.
 *
 *     # what the step shows; the test's name
 *     $ halfminute code --json       quotes hold a word with spaces together
 *     @ 59                           Unix time of the step; 59 where it is not said
 *     < JBSWY3DPEHPK3PXP             a line of standard input, from a pipe; none: empty
 *     tty JBSWY3DPEHPK3PXP           typed by a person at the terminal instead
 *     = 0                            exit status
 *     > 287082                       a line of standard output
 *     ! halfminute: note: …          a line of standard error
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { runWith } from './recorded-io.ts'

const folder = new URL('scripts/', import.meta.url)

interface Step {
  readonly title: string
  readonly marked: (mark: string) => string[]
}

function stepsOf(text: string): Step[] {
  return text
    .trim()
    .split(/\n\n+/)
    .map((block) => {
      const lines = block.split('\n')
      const marked = (mark: string) =>
        lines
          .filter((line) => line === mark || line.startsWith(`${mark} `))
          .map((line) => line.slice(mark.length + 1))
      return { title: marked('#').join(' '), marked }
    })
}

function wordsOf(command: string): string[] {
  const words = [...command.matchAll(/"([^"]*)"|\S+/g)].map((match) => match[1] ?? match[0])
  assert.equal(words.shift(), 'halfminute')
  return words
}

function withEnds(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

for (const name of readdirSync(folder)) {
  for (const { title, marked } of stepsOf(readFileSync(new URL(name, folder), 'utf8'))) {
    test(`${name}: ${title}`, async () => {
      const [command] = marked('$')
      const [typed] = marked('tty')
      const [time = '59'] = marked('@')
      assert.ok(command !== undefined, 'a step without a command')
      const seen = await runWith(wordsOf(command), {
        stdin: withEnds(marked('<')),
        nowSeconds: Number(time),
        ...(typed !== undefined && { typed }),
      })
      assert.deepEqual(
        { status: String(seen.status), out: seen.out, err: seen.err },
        { status: marked('=')[0], out: withEnds(marked('>')), err: withEnds(marked('!')) },
      )
    })
  }
}
