/**
 * Starting and stopping the server as an operator does: what it says, what it makes, and that a start
 * which fails says why in one sentence and leaves the disk as it was.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { before, describe, test } from 'node:test'
import { HttpClient, PASSWORD, register } from './support/person.ts'
import { refusedStart, startServer, temporaryFolder, wholeFile } from './support/server.ts'
import type { Refusal, ServerOptions } from './support/server.ts'

const DATABASE = 'data/halfminute.db'
const KEY_FILE = 'data/halfminute.key'
const LOGIN = 'ada@example.com'

/** A folder in which a server has run, with an account; stopped in good order. */
const file = wholeFile()
const used = temporaryFolder(file)
before(async () => {
  const server = await startServer(file, { folder: used })
  const client = new HttpClient(server.url)
  for (let nth = 0; nth < 8; nth++) await register(client, nth === 0 ? LOGIN : `${nth}@example.com`)
  assert.equal(await server.stop(), 0)
})

/** Everything below a folder: names, modes, and what is in it as a digest. */
function contentsOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  return Object.fromEntries(
    names.map((name) => {
      const path = join(folder, name)
      const { mode } = statSync(path)
      const isFolder = statSync(path).isDirectory()
      return [name, `${mode.toString(8)} ${isFolder ? '' : digest(readFileSync(path))}`]
    }),
  )
}

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Without `-shm`: it is the memory that SQLite's processes share, and no data. */
function dataOf(folder: string): Record<string, string> {
  const { 'data/halfminute.db-shm': _, ...data } = contentsOf(folder)
  return data
}

test('a first start says where it answers, where the data is, and what to do next', async (t) => {
  const { url, folder, stderr, stdout, stop } = await startServer(t)
  assert.match(url, /^http:\/\/localhost:\d+$/)
  assert.ok(stderr().includes(join(folder, DATABASE)), stderr())
  assert.ok(stderr().includes(join(folder, KEY_FILE)))
  assert.match(stderr(), /\(new\)/)
  assert.ok(stderr().includes(`open ${url}/register`))
  assert.match(stderr(), /plain http, for this machine only/)
  const home = await new HttpClient(url).get('/')
  assert.equal(home.status, 303)
  assert.equal(home.headers.get('location'), '/login')
  assert.equal((await new HttpClient(url).get('/login')).status, 200)
  assert.equal((await new HttpClient(url).get('/readyz')).status, 200)
  for (const line of stdout().trim().split('\n')) assert.ok(JSON.parse(line))
  assert.equal(await stop(), 0)
})

test('a fresh install has no account, and a key that only its owner reads [R5] [R47]', async (t) => {
  const { folder, stop } = await startServer(t)
  assert.equal(await stop(), 0)
  assert.equal(statSync(join(folder, KEY_FILE)).mode & 0o777, 0o600)
  assert.equal(statSync(join(folder, 'data')).mode & 0o777, 0o700)
  const key = readFileSync(join(folder, KEY_FILE), 'utf8')
  assert.match(key, /^[A-Za-z0-9+/]{43}=$/m)
  const db = new DatabaseSync(join(folder, DATABASE), { readOnly: true })
  t.after(() => {
    db.close()
  })
  assert.equal(db.prepare('select count(*) as n from accounts').get()?.['n'], 0)
})

for (const [how, end] of [
  ['stopped', 'stop'],
  ['killed', 'kill'],
] as const) {
  test(`after being ${how} it finds its accounts again`, async (t) => {
    const first = await startServer(t)
    await register(new HttpClient(first.url), LOGIN)
    await first[end]()
    const second = await startServer(t, { folder: first.folder })
    assert.doesNotMatch(second.stderr(), /\(new\)/)
    assert.match(second.stderr(), /open http:\S+ and sign in/)
    const login = await new HttpClient(second.url).post('/api/login', {
      login: LOGIN,
      password: PASSWORD,
    })
    assert.equal(login.status, 200)
  })
}

test('SIGTERM lets a running request finish, then ends with 0', async (t) => {
  const server = await startServer(t)
  const body = JSON.stringify({ login: LOGIN, password: PASSWORD })
  const socket = connect(server.port, '127.0.0.1')
  t.after(() => {
    socket.destroy()
  })
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk))
  const closed = new Promise((done) => socket.once('close', done))
  const head = [
    'POST /api/login HTTP/1.1',
    'host: localhost',
    'content-type: application/json',
    `content-length: ${body.length}`,
    'connection: close',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`)
  // Another request on the way shows that the first one has arrived.
  await new HttpClient(server.url).get('/healthz')
  const stopped = server.stop()
  await server.says('Stopping')
  socket.write(body.slice(10))
  await closed
  assert.match(answer, /^HTTP\/1\.1 401 /)
  assert.match(answer, /LOGIN_REFUSED/)
  assert.equal(await stopped, 0)
})

test('in production it starts with a key made as its own hint says [R5]', async (t) => {
  const folder = temporaryFolder(t)
  const env = { NODE_ENV: 'production' }
  const { stderr } = await refusedStart(t, { folder, env })
  const command = /Make one with: (.+)/.exec(stderr)?.[1]
  assert.ok(command, stderr)
  execFileSync('sh', ['-c', command], { cwd: folder })
  const server = await startServer(t, { folder, env })
  assert.equal((await new HttpClient(server.url).get('/readyz')).status, 200)
})

type Case = readonly [
  what: string,
  sentence: RegExp,
  prepare: (folder: string) => Omit<ServerOptions, 'folder'> | undefined,
]

const KEY = () => randomBytes(32).toString('base64')

function writeKey(folder: string, text: string, mode = 0o600): undefined {
  mkdirSync(join(folder, 'data'), { recursive: true })
  writeFileSync(join(folder, KEY_FILE), text)
  chmodSync(join(folder, KEY_FILE), mode)
}

function makeForeign(folder: string): undefined {
  mkdirSync(join(folder, 'data'))
  const db = new DatabaseSync(join(folder, DATABASE))
  db.exec("create table accounts (id text); insert into accounts values ('theirs')")
  db.close()
}

const CASES: readonly Case[] = [
  [
    'a file where the folder should be',
    /database .* cannot be opened or written \(ENOTDIR\)/,
    (folder) => {
      writeFileSync(join(folder, 'file'), 'x')
      return { env: { HALFMINUTE_DATABASE: 'file/below/halfminute.db' } }
    },
  ],
  [
    'a place that takes no files',
    /database \/proc\/\S+ cannot be opened or written/,
    () => ({ env: { HALFMINUTE_DATABASE: '/proc/halfminute/halfminute.db' } }),
  ],
  [
    'a key file in a place that takes no files',
    /key file \/proc\/\S+ cannot be written/,
    () => ({ env: { HALFMINUTE_KEY_FILE: '/proc/halfminute/halfminute.key' } }),
  ],
  [
    'a folder for a database',
    /cannot be opened/,
    (folder) => void mkdirSync(join(folder, DATABASE), { recursive: true }),
  ],
  [
    'an empty file for a database, and a place that takes no key',
    /key file \/proc\/\S+ cannot be written/,
    (folder) => {
      writeFileSync(join(folder, 'empty.db'), '')
      const env = { HALFMINUTE_DATABASE: 'empty.db', HALFMINUTE_KEY_FILE: '/proc/halfminute.key' }
      return { env }
    },
  ],
  [
    'garbage for a database',
    /damaged .*it was left alone/,
    (folder) => {
      writeKey(folder, KEY())
      writeFileSync(join(folder, DATABASE), randomBytes(8_192))
    },
  ],
  [
    "another program's database without a key file beside it",
    /database of another program/,
    (folder) => {
      makeForeign(folder)
    },
  ],
  [
    "another program's database with a key file beside it",
    /database of another program/,
    (folder) => {
      makeForeign(folder)
      writeKey(folder, KEY())
    },
  ],
  [
    'production without a key',
    /no key file .*in production/,
    () => ({ env: { NODE_ENV: 'production' } }),
  ],
  [
    'a short key',
    /does not hold good keys \(line 1/,
    (f) => writeKey(f, randomBytes(16).toString('base64')),
  ],
  [
    'a key that is all the same',
    /not random/,
    (f) => writeKey(f, Buffer.alloc(32, 7).toString('base64')),
  ],
  ['garbage for a key', /line 1 is not 32 bytes/, (f) => writeKey(f, 'hush-hush')],
  ['an empty key file', /there is no key/, (folder) => writeKey(folder, '')],
  ['a key file that everybody reads', /can be read by others/, (f) => writeKey(f, KEY(), 0o644)],
  ['a key file that the group reads', /can be read by others/, (f) => writeKey(f, KEY(), 0o640)],
]

const CASES_OF_USED: readonly Case[] = [
  [
    'a truncated database',
    /damaged .*shorter than its header says/,
    (folder) => {
      const path = join(folder, DATABASE)
      truncateSync(path, Math.floor(statSync(path).size / 2))
    },
  ],
  [
    'a database with overwritten pages in its middle',
    /damaged/,
    (folder) => {
      const path = join(folder, DATABASE)
      const bytes = readFileSync(path)
      randomBytes(16_384).copy(bytes, 8_192)
      writeFileSync(path, bytes)
    },
  ],
  [
    'a database without its key file',
    /key file .* is missing, and .* was made with it/,
    (folder) => {
      rmSync(join(folder, KEY_FILE))
    },
  ],
  [
    'a database without its key file, in production',
    /is missing/,
    (folder) => {
      rmSync(join(folder, KEY_FILE))
      return { env: { NODE_ENV: 'production' } }
    },
  ],
  ['the key of another database', /does not hold the key/, (folder) => writeKey(folder, KEY())],
]

function assertOneSentence({ code, stdout, stderr }: Refusal, sentence: RegExp): void {
  const lines = stderr.trimEnd().split('\n')
  assert.equal(lines.length, 2, stderr)
  assert.match(lines[0] ?? '', /^halfminute: error: [A-Z].*\.$/)
  assert.match(lines[0] ?? '', sentence)
  assert.match(lines[1] ?? '', /^halfminute: hint: [A-Za-z].+/)
  assert.equal(stdout, '')
  assert.equal(code, 1)
}

/*
 * A start that half succeeds is how keys get lost: a new key file beside an old database looks well until
 * nobody can sign in.
 */
describe(
  'a start that fails says one sentence and changes nothing [R5]',
  { concurrency: 2, timeout: 60_000 },
  () => {
    for (const [what, sentence, prepare] of [...CASES, ...CASES_OF_USED]) {
      test(what, async (t) => {
        const folder = temporaryFolder(t)
        if (CASES_OF_USED.some(([name]) => name === what)) cpSync(used, folder, { recursive: true })
        const options = prepare(folder) ?? {}
        const untouched = contentsOf(folder)
        const refusal = await refusedStart(t, { folder, ...options })
        assertOneSentence(refusal, sentence)
        assert.deepEqual(contentsOf(folder), untouched)
        assert.doesNotMatch(refusal.stderr, /hush/)
      })
    }

    /** The log of a killed server still holds what was acknowledged; merging it is the right key's to do. */
    test('the key of another database, after the server was killed', async (t) => {
      const server = await startServer(t)
      const { folder } = server
      await register(new HttpClient(server.url), LOGIN)
      await server.kill()
      const right = readFileSync(join(folder, KEY_FILE))
      writeKey(folder, KEY())
      const untouched = dataOf(folder)
      const refusal = await refusedStart(t, { folder })
      assertOneSentence(refusal, /does not hold the key/)
      assert.deepEqual(dataOf(folder), untouched)
      writeFileSync(join(folder, KEY_FILE), right)
      const again = await startServer(t, { folder })
      const login = { login: LOGIN, password: PASSWORD }
      assert.equal((await new HttpClient(again.url).post('/api/login', login)).status, 200)
    })

    test('a port that is taken', async (t) => {
      const folder = temporaryFolder(t)
      const other = createServer().listen(0, '127.0.0.1')
      t.after(() => {
        other.close()
      })
      await new Promise((done) => other.once('listening', done))
      const { port } = other.address() as AddressInfo
      const refusal = await refusedStart(t, { folder, args: ['--port', String(port)] })
      assertOneSentence(refusal, new RegExp(`Port ${port} on 127.0.0.1 is taken`))
      assert.match(refusal.stderr, new RegExp(`--port ${port + 1}`))
      assert.deepEqual(contentsOf(folder), {})
    })

    test('an address that is not of this machine', async (t) => {
      const folder = temporaryFolder(t)
      const refusal = await refusedStart(t, { folder, env: { HALFMINUTE_HOST: '192.0.2.1' } })
      assertOneSentence(refusal, /cannot be listened on \(EADDRNOTAVAIL\)/)
      assert.deepEqual(contentsOf(folder), {})
    })
  },
)

const WRONG_SETTINGS: readonly (readonly [
  what: string,
  env: Readonly<Record<string, string>>,
  names: readonly string[],
])[] = [
  ['an unknown setting', { HALFMINUTE_PROT: '1' }, ['HALFMINUTE_PROT']],
  [
    'a database that this version does not speak to',
    { HALFMINUTE_DATABASE: 'postgres://ada:hush@localhost/halfminute' },
    ['HALFMINUTE_DATABASE'],
  ],
  [
    'several wrong ones, told at once',
    {
      HALFMINUTE_PORT: 'hush',
      HALFMINUTE_BASE_URL: 'http://hush.example.com',
      HALFMINUTE_TRUSTED_PROXIES: '10.0.0.0/99',
      HALFMINUTE_SECRET: 'hush',
    },
    ['HALFMINUTE_SECRET', 'HALFMINUTE_PORT', 'HALFMINUTE_BASE_URL', 'HALFMINUTE_TRUSTED_PROXIES'],
  ],
]

for (const [what, env, names] of WRONG_SETTINGS) {
  test(`${what}: exit 2, a line each, nothing made`, async (t) => {
    const folder = temporaryFolder(t)
    const { code, stdout, stderr } = await refusedStart(t, { folder, env })
    const lines = stderr.trimEnd().split('\n')
    const errors = lines.slice(0, -1)
    const told = errors.map((line) => /^halfminute: error: (HALFMINUTE_\w+): [a-z]/.exec(line)?.[1])
    assert.deepEqual(told, names)
    assert.match(lines.at(-1) ?? '', /^halfminute: hint: /)
    assert.doesNotMatch(stderr, /hush/)
    assert.equal(stdout, '')
    assert.equal(code, 2)
    assert.deepEqual(contentsOf(folder), {})
  })
}
