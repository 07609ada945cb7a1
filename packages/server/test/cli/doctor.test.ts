/** `halfminute doctor`: what it says of a sound installation, and of each thing that can be wrong with one. */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createEngine, generateKeyring, sqliteStore, systemRandom } from '@halfminute/engine'
import { writeKeyFile } from '../../src/key-file.ts'
import { runWith } from './recorded-io.ts'
import type { Given } from './recorded-io.ts'

/** Files carry the system's time, so the doctor's begins there. */
const NOW = Math.floor(Date.now() / 1_000) + 30

interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly text: string
  readonly advice?: string
}

interface Installed {
  readonly folder: string
  readonly database: string
  readonly keyFile: string
  readonly run: (words?: string, given?: Given) => ReturnType<typeof runWith>
  /** The findings that are wrong. */
  readonly wrong: (words?: string, given?: Given) => Promise<Finding[]>
}

function nowhere(t: TestContext): Installed {
  const folder = mkdtempSync(join(tmpdir(), 'halfminute-doctor-'))
  t.after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const database = join(folder, 'a.db')
  const keyFile = join(folder, 'a.key')
  const run = (words = '', given: Given = {}) => {
    const files = ['--database', database, '--key-file', keyFile]
    const argv = ['doctor', ...files, ...words.split(' ').filter((word) => word !== '')]
    return runWith(argv, { nowSeconds: NOW, ...given })
  }
  const wrong = async (words = '', given: Given = {}) => {
    const { out, status } = await run(`--json ${words}`, given)
    const lines = out.trim().split('\n')
    const findings = lines.map((line) => JSON.parse(line) as Finding)
    const failed = findings.filter(({ ok }) => !ok)
    assert.equal(status, failed.length > 0 ? 1 : 0)
    return failed
  }
  return { folder, database, keyFile, run, wrong }
}

/** A database with one event of that time, and its keys; the store stays open, as a running server's. */
async function installed(t: TestContext, eventAt = NOW - 60): Promise<Installed> {
  const here = nowhere(t)
  const keyring = generateKeyring(systemRandom)
  writeKeyFile(here.keyFile, keyring)
  const store = sqliteStore(here.database)
  const clock = { nowSeconds: () => eventAt }
  const engine = createEngine({ store, keyring, issuer: 'ACME', clock })
  t.after(() => engine.close())
  await engine.authenticators.enrol({ accountId: 'ada', kind: 'totp', name: 'phone' })
  return here
}

const onlyOne = (findings: readonly Finding[]): Finding => {
  assert.equal(findings.length, 1, JSON.stringify(findings))
  return findings[0] as Finding
}

test('where nothing is yet, nothing is wrong, and nothing is made', async (t) => {
  const { run, folder } = nowhere(t)
  const { status, out, err } = await run()
  assert.deepEqual([status, err], [0, ''])
  assert.match(out, /^settings {2}ok {5}A server would start with them\.$/m)
  assert.match(out, /^clock {5}ok {5}It is \d{4}-.*Z here, and nothing at hand is newer\.$/m)
  assert.match(out, /^key file {2}ok {5}.*a\.key is made at the first start\.$/m)
  assert.match(out, /^database {2}ok {5}.*a\.db is made at the first start\.$/m)
  assert.match(out, /^mail {6}ok {5}/m)
  assert.deepEqual(readdirSync(folder), [])
})

test('a sound installation passes beside its server, and stays byte for byte as it was', async (t) => {
  const { run, folder } = await installed(t)
  const contents = () =>
    readdirSync(folder)
      .filter((name) => !name.endsWith('-shm'))
      .map((name) => [name, readFileSync(join(folder, name), 'base64')])
  const before = contents()
  const { status, out } = await run()
  assert.equal(status, 0, out)
  assert.match(out, /a\.db is sound/)
  assert.match(out, /a\.key holds good keys, for its owner alone/)
  assert.deepEqual(contents(), before)
})

test('advice stands in the line below what is wrong', async (t) => {
  const { run, keyFile } = await installed(t)
  chmodSync(keyFile, 0o644)
  const { status, out } = await run()
  assert.equal(status, 1)
  const advice = `chmod 600 ${keyFile}, and think about who may have read it.`
  const lines = `key file  wrong  The key file ${keyFile} can be read by others.\n${' '.repeat(17)}${advice}\n`
  assert.ok(out.includes(lines), out)
})

/* A clock that stands years back lets every code that was ever seen in again. */
test('a clock that is behind what was written here is told by how much', async (t) => {
  const { wrong } = await installed(t, NOW + 86_400)
  const ahead = onlyOne(await wrong())
  assert.equal(ahead.check, 'clock')
  assert.match(ahead.text, /but the newest event is of .*Z, 24 hours from now\./)
  assert.match(ahead.advice ?? '', /timedatectl set-ntp true/)
  assert.deepEqual(await wrong('', { nowSeconds: NOW + 86_400 }), [])
  assert.deepEqual(await wrong('', { nowSeconds: NOW + 86_400 - 60 }), [])
  const late = onlyOne(await wrong('', { nowSeconds: NOW + 86_400 - 61 }))
  assert.match(late.text, /61 seconds from now/)

  const files = nowhere(t)
  writeKeyFile(files.keyFile, generateKeyring(systemRandom))
  const back = onlyOne(await files.wrong('', { nowSeconds: NOW - 3 * 86_400 }))
  assert.match(back.text, /but (this program|the key file .*a\.key) is of .*, 3 days from now\./)
})

test('a clock that was never set is wrong by itself', async (t) => {
  const { wrong } = nowhere(t)
  for (const nowSeconds of [0, 1_735_689_599]) {
    const finding = onlyOne(await wrong('', { nowSeconds }))
    assert.match(finding.text, /^It is .*Z here, which cannot be\.$/)
  }
  const after = onlyOne(await wrong('', { nowSeconds: 1_735_689_600 }))
  assert.match(after.text, /is of/)
})

/** A web server on this machine, whose clock says what the test wants. */
async function webServer(t: TestContext, headers: Record<string, string>) {
  const asked: { method: string | undefined; headers: IncomingHttpHeaders }[] = []
  const server = createServer((request, response) => {
    asked.push({ method: request.method, headers: request.headers })
    response.sendDate = false
    response.writeHead(404, headers).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked }
}

const dateOf = (seconds: number) => ({ date: new Date(seconds * 1_000).toUTCString() })

test('the clock is compared with the Date of a web server, whatever else that answers', async (t) => {
  const { run, wrong } = nowhere(t)
  for (const off of [0, 5, -5]) {
    const { url } = await webServer(t, dateOf(NOW + off))
    const { status, out } = await run(`--time-from ${url}`)
    assert.equal(status, 0, out)
    assert.match(
      out,
      new RegExp(`^time {6}ok {5}The clock is at most ${Math.abs(off) + 1} s off`, 'm'),
    )
  }
  for (const [off, words] of [
    [6, '6 seconds behind'],
    [-6, '6 seconds ahead of'],
    [3_600, '60 minutes behind'],
    [-86_400 * 400, '400 days ahead of'],
  ] as const) {
    const { url } = await webServer(t, dateOf(NOW + off))
    const finding = onlyOne(await wrong(`--time-from ${url}`))
    assert.equal(finding.check, 'time')
    assert.equal(finding.text, `The clock is ${words} that of ${url}.`)
  }
})

test('a cache on the way does not make the clock wrong, and the server is asked for no more than its head', async (t) => {
  const { wrong } = nowhere(t)
  const { url, asked } = await webServer(t, { ...dateOf(NOW - 500), age: '500' })
  assert.deepEqual(await wrong(`--time-from ${url}`), [])
  assert.equal(asked[0]?.method, 'HEAD')
  assert.equal(asked[0].headers['cache-control'], 'no-cache')
})

test('an address that does not say the time is wrong, one that is none a usage mistake', async (t) => {
  const { run, wrong } = nowhere(t)
  const silent = await webServer(t, {})
  const odd = await webServer(t, { date: 'yesterday' })
  for (const address of [silent.url, odd.url, 'http://127.0.0.1:1/']) {
    const finding = onlyOne(await wrong(`--time-from ${address}`))
    assert.equal(finding.text, `${address} does not say what time it is.`)
  }
  for (const address of ['time.example.com', 'ftp://example.com', 'http://u:p@example.com']) {
    const { status, out, err } = await run(`--time-from ${address}`)
    assert.deepEqual([status, out], [2, ''])
    assert.match(err, /--time-from: expected an address that begins with http/)
    assert.ok(!err.includes(address))
  }
})

test('a key file that is gone, is another one or is no key file is wrong [R5]', async (t) => {
  const { wrong, keyFile } = await installed(t)
  rmSync(keyFile)
  const gone = onlyOne(await wrong())
  assert.equal(gone.text, `There is no key file ${keyFile}.`)
  assert.match(gone.advice ?? '', /Put the file back/)
  writeKeyFile(keyFile, generateKeyring(systemRandom))
  const other = onlyOne(await wrong())
  assert.match(other.text, /does not hold the key that .*a\.db was made with \(key [\w-]+\)/)
  writeFileSync(keyFile, 'not a key')
  const none = onlyOne(await wrong())
  assert.match(none.text, /does not hold good keys/)
  assert.ok(!none.text.includes('not a key'))
})

test('in production a key file must be there from the start [R5]', async (t) => {
  const { wrong } = nowhere(t)
  const env = { NODE_ENV: 'production', HALFMINUTE_BASE_URL: 'https://login.example.com' }
  const finding = (await wrong('', { env })).find(({ check }) => check === 'key file')
  assert.match(finding?.advice ?? '', /^Make one with: halfminute keys new --key-file /)
})

test('a database of others, damaged, newer or open to others is wrong', async (t) => {
  const edit = (path: string, sql: string) => {
    const db = new DatabaseSync(path)
    db.exec(sql)
    db.close()
  }
  const other = nowhere(t)
  edit(other.database, 'create table a (b)')
  assert.match(onlyOne(await other.wrong()).text, /is a database of another program/)

  const damaged = nowhere(t)
  writeFileSync(damaged.database, 'x'.repeat(5_000))
  assert.match(onlyOne(await damaged.wrong()).text, /is damaged/)

  const newer = await installed(t)
  edit(newer.database, "insert into kysely_migration values ('9999-from-the-future', '2036-01-01')")
  assert.match(onlyOne(await newer.wrong()).text, /was made by a newer Halfminute/)

  const open = await installed(t)
  chmodSync(open.database, 0o640)
  const finding = onlyOne(await open.wrong())
  assert.equal(finding.text, `The database ${open.database} can be read by others.`)
  assert.equal(finding.advice, `chmod 600 ${open.database}`)
})

test('a setting that is wrong is told, and the other checks are made all the same', async (t) => {
  const { run, keyFile } = await installed(t)
  chmodSync(keyFile, 0o604)
  const env = { HALFMINUTE_PROT: '80', HALFMINUTE_PORT: 'eighty' }
  const { status, out } = await run('', { env })
  assert.equal(status, 1)
  assert.match(out, /^settings {2}wrong {2}HALFMINUTE_PROT: not a setting$/m)
  assert.match(out, /^settings {2}wrong {2}HALFMINUTE_PORT: expected a port/m)
  assert.match(out, /^key file {2}wrong/m)
  assert.match(out, /^database {2}ok/m)
  assert.ok(!out.includes('eighty'))
})

/** As much of a mail server as a sign-in takes. */
async function mailServer(t: TestContext, signIn: string): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.write('220 test\r\n')
    socket.on('data', (data) => {
      const [word = ''] = data.toString().split(/\s/)
      if (word === 'EHLO') socket.write('250-test\r\n250 AUTH PLAIN\r\n')
      else if (word === 'AUTH') socket.write(`${signIn}\r\n`)
      else if (word === 'QUIT') socket.end('221 bye\r\n')
      else socket.write('250 ok\r\n')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => server.close())
  return `smtp://ada:hush-hush@127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('the mail server is signed in to, and what is wrong with it told without its password [R44]', async (t) => {
  const { run, wrong } = nowhere(t)
  const envWith = (url: string) => ({
    HALFMINUTE_SMTP_URL: url,
    HALFMINUTE_MAIL_FROM: 'login@example.com',
  })
  const good = await run('', { env: envWith(await mailServer(t, '235 ok')) })
  assert.equal(good.status, 0, good.out)
  assert.match(good.out, /The mail server 127\.0\.0\.1 takes mail from here/)
  for (const [url, code] of [
    [await mailServer(t, '535 no'), 'EAUTH'],
    ['smtp://ada:hush-hush@127.0.0.1:1', 'ESOCKET|ECONNECTION'],
  ] as const) {
    const finding = onlyOne(await wrong('', { env: envWith(url) }))
    assert.match(
      finding.text,
      new RegExp(`127\\.0\\.0\\.1 does not take mail from here \\((${code})\\)`),
    )
    assert.ok(!JSON.stringify(finding).includes('hush'))
  }
})
