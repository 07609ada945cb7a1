/** What `halfminute qr` does to the disk. The pictures themselves are read by peers.test.ts. */
import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runWith } from './recorded-io.ts'

const stdin = 'otpauth://totp/ACME:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=ACME\n'
const onWindows = process.platform === 'win32' ? 'Windows has no modes' : false

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'halfminute-qr-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

test('a picture is made for its owner alone', { skip: onWindows }, async () => {
  await inFolder(async (folder) => {
    for (const format of ['png', 'svg']) {
      const path = join(folder, `a.${format}`)
      const { status, out } = await runWith(['qr', `--${format}`, path], { stdin })
      assert.deepEqual({ status, out }, { status: 0, out: '' })
      assert.equal(await modeOf(path), 0o600)
    }
  })
})

test('a file that exists is left as it is', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'a.png')
    await writeFile(path, 'mine')
    const { status, err } = await runWith(['qr', '--png', path], { stdin })
    assert.equal(status, 1)
    assert.equal(
      err,
      'halfminute: error: --png: the file exists\nhalfminute: hint: --force overwrites it\n',
    )
    assert.equal(await readFile(path, 'utf8'), 'mine')
  })
})

test('--force overwrites all of it and closes it to others', { skip: onWindows }, async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'a.svg')
    await writeFile(path, 'x'.repeat(1_000_000))
    await chmod(path, 0o644)
    assert.equal((await runWith(['qr', '--svg', path, '--force'], { stdin })).status, 0)
    assert.match(await readFile(path, 'utf8'), /^<svg [^\0]*<\/svg>\n$/)
    assert.equal(await modeOf(path), 0o600)
  })
})

test('a folder that does not exist, and one in place of a file, are refused', async () => {
  await inFolder(async (folder) => {
    const missing = await runWith(['qr', '--png', join(folder, 'no', 'a.png')], { stdin })
    assert.deepEqual([missing.status, missing.out], [1, ''])
    assert.equal(missing.err, 'halfminute: error: --png: the folder does not exist\n')
    const taken = await runWith(['qr', '--png', folder, '--force'], { stdin })
    assert.deepEqual([taken.status, taken.out], [1, ''])
    assert.deepEqual(await readdir(folder), [])
  })
})

test('a refused secret leaves no file behind', async () => {
  await inFolder(async (folder) => {
    const { status } = await runWith(['qr', '--png', join(folder, 'a.png')], { stdin: 'JBSWY1' })
    assert.equal(status, 2)
    assert.deepEqual(await readdir(folder), [])
  })
})

test('- is standard output, but a PNG is not poured into a terminal', async () => {
  const piped = await runWith(['qr', '--png', '-'], { stdin })
  assert.equal(piped.status, 0)
  assert.match(piped.out, /^\x89PNG\r\n/)
  const shown = await runWith(['qr', '--png', '-'], { stdin, outIsTerminal: true })
  assert.deepEqual([shown.status, shown.out], [2, ''])
})

test('an address one byte too long for a QR picture is refused, not half drawn', async () => {
  const start = `${stdin.trim()}&x=`
  const longest = start.padEnd(2331, 'y')
  assert.equal((await runWith(['qr'], { stdin: longest })).status, 0)
  const { status, out, err } = await runWith(['qr'], { stdin: `${longest}y` })
  assert.deepEqual([status, out], [1, ''])
  assert.match(err, /^halfminute: error: the address is too long for a QR picture/)
})
