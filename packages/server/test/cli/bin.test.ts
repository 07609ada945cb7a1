/** What only a real process shows: the way in, pipes, a terminal, a full disk, an old Node. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync } from 'node:fs'
import { test } from 'node:test'
import { BIN, halfminute, runProgram, unlessInstalled } from './child.ts'

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

test('answers on standard output, talk on standard error, and the exit status is the command’s', () => {
  const version = halfminute(['--version'])
  assert.deepEqual([version.status, version.err], [0, ''])
  assert.match(version.out.toString(), /^\d+\.\d+\.\d+\n$/)

  const refused = halfminute(['verify', '000000', '--counter', '0'], SECRET)
  assert.deepEqual([refused.status, refused.out.length], [1, 0])
  assert.match(refused.err, /^halfminute: error: that code was not accepted\n/)

  const misused = halfminute(['verify'], SECRET)
  assert.deepEqual([misused.status, misused.out.length], [2, 0])
})

test('each new secret is another one of 20 bytes [R1]', () => {
  const secrets = Array.from({ length: 3 }, () => halfminute(['secret']).out.toString())
  for (const secret of secrets) assert.match(secret, /^[A-Z2-7]{32}\n$/)
  assert.equal(new Set(secrets).size, 3)
})

test('one command feeds the next', () => {
  const secret = halfminute(['secret']).out.toString()
  const uri = halfminute(['uri', '--issuer', 'ACME Ltd', '--account', 'ada'], secret).out.toString()
  assert.equal(uri, `otpauth://totp/ACME%20Ltd:ada?secret=${secret.trim()}&issuer=ACME%20Ltd\n`)
  const code = halfminute(['code'], uri).out.toString().trim()
  const { status, out } = halfminute(['verify', code], secret)
  assert.equal(status, 0)
  assert.match(out.toString(), /^accepted, drift (?:0|-1)/)
})

test('a byte order mark, as some shells put it into pipes, is not part of a secret', () => {
  const { status, out } = halfminute(['code', '--counter', '0'], `\uFEFF${SECRET}\r\n`)
  assert.deepEqual([status, out.toString()], [0, '755224\n'])
})

test('standard input without an end is not read for ever', () => {
  const { status, out, err } = halfminute(['code'], 'A'.repeat(1_000_000))
  assert.deepEqual([status, out.length], [2, 0])
  assert.equal(err, 'halfminute: error: standard input: expected at most 64 KiB\n')
})

test('a reader that leaves early is no failure', async () => {
  const child = spawn(process.execPath, [BIN, '--help'])
  child.stdout.destroy()
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const [status] = (await once(child, 'close')) as [number | null]
  assert.deepEqual({ status, err }, { status: 0, err: '' })
})

const noFullDisk = existsSync('/dev/full') ? false : 'no /dev/full'

test('an answer that cannot be written is a failure', { skip: noFullDisk }, async () => {
  const child = spawn(process.execPath, [BIN, 'secret'], {
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
  })
  let err = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  const [status] = (await once(child, 'close')) as [number | null]
  assert.equal(status, 1)
  assert.equal(err, 'halfminute: error: standard output cannot be written (ENOSPC)\n')
})

/** `script`, as Linux has it, runs a command at a terminal of its own and shows all that stands there. */
const TERMINAL = 'script'
const noTerminal = process.platform === 'linux' ? unlessInstalled(TERMINAL) : 'needs Linux'

async function atTerminal(
  command: string,
  keys: string,
): Promise<{ status: number; screen: string }> {
  const quoted = `'${process.execPath}' '${BIN}' ${command}`
  const child = spawn(TERMINAL, ['--quiet', '--return', '--command', quoted, '/dev/null'])
  let screen = ''
  let asked = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text
    if (asked || !screen.includes('type): ')) return
    asked = true
    child.stdin.write(keys)
  })
  const [status] = (await once(child, 'close')) as [number]
  return { status, screen: screen.replaceAll('\r', '') }
}

test('a secret typed at a terminal does not stand there [R44]', { skip: noTerminal }, async () => {
  const { status, screen } = await atTerminal('code --counter 0', `${SECRET}\r`)
  assert.equal(screen, 'Secret or otpauth:// address (not shown while you type): \n755224\n')
  assert.equal(status, 0)
})

test('Ctrl+C at the question ends the command by its signal', { skip: noTerminal }, async () => {
  const { status, screen } = await atTerminal('code', 'GEZ\u0003')
  assert.equal(status, 130)
  assert.equal(screen, 'Secret or otpauth:// address (not shown while you type): \n')
})

test('Ctrl+D at the question is an empty answer', { skip: noTerminal }, async () => {
  const { status, screen } = await atTerminal('code', '\u0004')
  assert.equal(status, 2)
  assert.match(screen, /\nhalfminute: error: expected a line on standard input/)
})

for (const version of ['0.12.18', '20.20.2', '23.11.1']) {
  test(`on Node ${version} one sentence says what to do, and nothing else is loaded`, () => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`
    const preload = `data:text/javascript,${encodeURIComponent(pretend)}`
    const { status, out, err } = runProgram(process.execPath, ['--import', preload, BIN, 'secret'])
    assert.deepEqual([status, out.length], [1, 0])
    assert.equal(err.split('\n').length, 2)
    assert.match(err, /^halfminute: error: this needs Node 24 or newer, and here runs /)
    assert.match(err, /npm start/)
  })
}

test('Node 24 and newer are let in, also those of three digits', () => {
  for (const version of ['24.0.0', '26.1.0', '100.0.0']) {
    const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`
    const preload = `data:text/javascript,${encodeURIComponent(pretend)}`
    const argv = ['--import', preload, BIN, 'code', '--counter', '0']
    assert.equal(runProgram(process.execPath, argv, SECRET).out.toString(), '755224\n')
  }
})
