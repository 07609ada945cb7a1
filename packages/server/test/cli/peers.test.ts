/**
 * Held against programs of others: oathtool computes the same codes, zbarimg reads our pictures, and
 * Chromium draws our SVG for it.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { halfminute, runProgram, unlessInstalled } from './child.ts'
import { runWith } from './recorded-io.ts'

const noOathtool = unlessInstalled('oathtool')
const noZbarimg = unlessInstalled('zbarimg')
const noBrowser = noZbarimg || unlessInstalled('chromium')

const SHAPES = [
  { digits: 6, periodSeconds: 30, algorithm: 'SHA1' },
  { digits: 8, periodSeconds: 30, algorithm: 'SHA1' },
  { digits: 7, periodSeconds: 60, algorithm: 'SHA256' },
  { digits: 8, periodSeconds: 240, algorithm: 'SHA512' },
]
const TIMES = [0, 59, 1_111_111_109, 1_753_920_015, 20_000_000_000]

function oathtool(argv: readonly string[]): string {
  const { status, out, err } = runProgram('oathtool', argv)
  assert.equal(status, 0, err)
  return out.toString()
}

for (const { digits, periodSeconds, algorithm } of SHAPES) {
  const name = `${algorithm}, ${digits} digits, ${periodSeconds} s`
  test(`oathtool computes the same codes: ${name}`, { skip: noOathtool }, async () => {
    const secret = halfminute(['secret', '--bytes', '64']).out.toString().trim()
    for (const nowSeconds of TIMES) {
      const shape = ['--digits', String(digits), '--period', String(periodSeconds)]
      const argv = ['code', ...shape, '--algorithm', algorithm]
      const ours = await runWith(argv, { stdin: secret, nowSeconds })
      const theirs = oathtool([
        `--totp=${algorithm.toLowerCase()}`,
        '--base32',
        `--digits=${digits}`,
        `--time-step-size=${periodSeconds}s`,
        `--now=${new Date(nowSeconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
        secret,
      ])
      assert.equal(ours.out, theirs, `at ${nowSeconds}`)
    }
  })
}

test('oathtool agrees by the clock of this machine', { skip: noOathtool }, () => {
  const secret = halfminute(['secret']).out.toString().trim()
  const ask = () => oathtool(['--totp', '--base32', secret])
  // A step may end in between; the code is that of the step before or after.
  const before = ask()
  const ours = halfminute(['code'], secret).out.toString()
  assert.ok([before, ask()].includes(ours))
})

test('oathtool computes the same codes of counters', { skip: noOathtool }, async () => {
  const secret = halfminute(['secret']).out.toString().trim()
  for (const counter of ['0', '1', '4294967296']) {
    const ours = await runWith(['code', '--counter', counter], { stdin: secret })
    assert.equal(ours.out, oathtool(['--base32', `--counter=${counter}`, secret]))
  }
})

/** A folder that is gone afterwards, whatever happens. */
function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'halfminute-peers-'))
  try {
    use(folder)
  } finally {
    rmSync(folder, { recursive: true, maxRetries: 5 })
  }
}

function newAddress(): string {
  const secret = halfminute(['secret']).out.toString()
  const argv = ['uri', '--issuer', 'ACME Größe', '--account', 'ada+test@example.com']
  return halfminute(argv, secret).out.toString()
}

/** What stands in the picture, with a line end. */
function zbarimg(picture: string): string {
  const { status, out, err } = runProgram('zbarimg', ['--quiet', '--raw', picture])
  assert.equal(status, 0, `zbarimg found no code in the picture: ${err}`)
  return out.toString()
}

test('zbarimg reads the PNG: the very address, drawn here [R42]', { skip: noZbarimg }, () => {
  inFolder((folder) => {
    const address = newAddress()
    const picture = join(folder, 'a.png')
    assert.equal(halfminute(['qr', '--png', picture], address).status, 0)
    assert.equal(zbarimg(picture), address)

    const piped = join(folder, 'piped.png')
    writeFileSync(piped, halfminute(['qr', '--png', '-'], address).out)
    assert.equal(zbarimg(piped), address)
  })
})

test('zbarimg reads the picture of a bare secret', { skip: noZbarimg }, () => {
  inFolder((folder) => {
    const names = ['--issuer', 'ACME', '--account', 'ada@example.com']
    const secret = halfminute(['secret']).out.toString()
    const picture = join(folder, 'a.png')
    assert.equal(halfminute(['qr', '--png', picture, ...names], secret).status, 0)
    assert.equal(zbarimg(picture), halfminute(['uri', ...names], secret).out.toString())
  })
})

test('an address of others is drawn as it is', { skip: noZbarimg }, () => {
  inFolder((folder) => {
    const address = `otpauth://TOTP/Other:b%C3%A9a?Secret=jbswy3dpehpk3pxp====&issuer=Another&color=red\n`
    const picture = join(folder, 'a.png')
    assert.equal(halfminute(['qr', '--png', picture], address).status, 0)
    assert.equal(zbarimg(picture), address)
  })
})

/** The half blocks of a terminal as a bitmap in plain text (PBM), eight pixels to a module. */
function bitmapOf(drawing: string): string {
  const lines = stripVTControlCharacters(drawing).trimEnd().split('\n')
  const dark = lines.flatMap((line) => [
    Array.from(line, (cell) => (cell === '█' || cell === '▀' ? '0' : '1')),
    Array.from(line, (cell) => (cell === '█' || cell === '▄' ? '0' : '1')),
  ])
  const pixels = dark.flatMap((row) => {
    const wide = row.map((module) => module.repeat(8)).join('')
    return Array.from({ length: 8 }, () => wide)
  })
  return `P1\n${pixels[0]?.length} ${pixels.length}\n${pixels.join('\n')}\n`
}

test('zbarimg reads the drawing in the terminal', { skip: noZbarimg }, () => {
  inFolder((folder) => {
    const address = newAddress()
    const picture = join(folder, 'a.pbm')
    writeFileSync(picture, bitmapOf(halfminute(['qr'], address).out.toString()))
    assert.equal(zbarimg(picture), address)
  })
})

test('zbarimg reads the SVG as Chromium draws it', { skip: noBrowser }, () => {
  inFolder((folder) => {
    const address = newAddress()
    const drawing = join(folder, 'a.svg')
    const picture = join(folder, 'a.png')
    assert.equal(halfminute(['qr', '--svg', drawing], address).status, 0)
    const { status, err } = runProgram('chromium', [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--user-data-dir=${join(folder, 'profile')}`,
      '--window-size=800,800',
      `--screenshot=${picture}`,
      pathToFileURL(drawing).href,
    ])
    assert.equal(status, 0, err)
    assert.equal(zbarimg(picture), address)
  })
})
