import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optionsOf } from '../../src/cli/command.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { runWith } from './recorded-io.ts'

test('the help of the whole lists every command with its sentence', async () => {
  const { status, out, err } = await runWith(['--help'])
  assert.deepEqual({ status, err }, { status: 0, err: '' })
  const unwrapped = out.replaceAll(/\s+/g, ' ')
  for (const { name, summary } of COMMANDS)
    assert.ok(unwrapped.includes(`${name} ${summary}`), name)
})

test('-h is --help', async () => {
  assert.deepEqual(await runWith(['-h']), await runWith(['--help']))
  assert.deepEqual(await runWith(['qr', '-h']), await runWith(['qr', '--help']))
})

test('without a command, an option before --help still asks for the help of serve', async () => {
  assert.deepEqual(await runWith(['--anything', '--help']), await runWith(['serve', '--help']))
})

for (const command of COMMANDS) {
  test(`${command.name} --help names each option and fits a terminal of 80 columns`, async () => {
    const { status, out, err } = await runWith([command.name, '--help'])
    assert.deepEqual({ status, err }, { status: 0, err: '' })
    assert.ok(out.includes(`Usage: halfminute ${command.name}`))
    const unwrapped = out.replaceAll(/\s+/g, ' ')
    for (const [name, { value, help }] of Object.entries(await optionsOf(command))) {
      const row = `--${name}${value === undefined ? '' : ` ${value}`} ${help}`
      assert.ok(unwrapped.includes(row), name)
    }
    assert.deepEqual(
      out.split('\n').filter((line) => line.length > 80),
      [],
    )
  })
}

test('the help is written in sentences', async () => {
  for (const command of COMMANDS) {
    const options = Object.values(await optionsOf(command))
    const sentences = [
      command.summary,
      ...(command.notes ?? []),
      ...options.map(({ help }) => help),
    ]
    for (const sentence of sentences) assert.match(sentence, /^[A-Z].*[.?]$/)
  }
})
