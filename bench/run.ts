/**
 * `npm run bench`: what the server does beside the least that anything could do, in one run.
 *
 * Promises: rounds of both sides alternate and medians are compared, so that a busy machine slows both;
 * the client runs on the same cores. The ratio is the figure; the rates are there to make sense of it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash, verify } from '@node-rs/argon2'
import { fire, send } from './client.ts'
import type { Shot } from './client.ts'
import { seedCodeSignIns } from './seed.ts'
import { startHalfminute, startHello } from './servers.ts'

const ROUNDS = 5
const PASSWORD_SIGN_INS = 120
const CODE_SIGN_INS = 600
const READS = 2_000
/** Two requests per core under way. */
const PARALLEL = 4
const PEOPLE = 20
const PASSWORD = 'correct horse battery staple'
/** argon2id at the server's own cost. */
const COST = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

const folder = mkdtempSync(join(tmpdir(), 'halfminute-bench-'))
const hello = await startHello()
let server = await startHalfminute(folder)

try {
  console.log(`Node ${process.version}, ${availableParallelism()} cores, client on the same cores`)
  console.log(`${ROUNDS} alternating rounds, medians\n`)
  for (let nth = 0; nth < PEOPLE; nth++) {
    await send(server.url, { ...login(nth), path: '/api/register' })
  }
  const cookie = (await send(server.url, login(0))).cookie ?? ''
  row('', 'per second', 'beside', 'per second', 'ratio')

  const phc = await hash(PASSWORD, COST)
  const passwords = await alternate(
    () =>
      fire(
        server.url,
        Array.from({ length: PASSWORD_SIGN_INS }, (_, nth) => login(nth)),
        PARALLEL,
      ),
    () => bareArgon2(phc, PASSWORD_SIGN_INS),
  )
  row('password sign-ins', passwords.ours, 'bare argon2id', passwords.bare, passwords.ratio)

  const helloShots: Shot[] = Array.from({ length: READS }, () => ({ method: 'GET', path: '/' }))
  const bareHello = () => fire(hello.url, helloShots, PARALLEL)
  const codes = await alternate(async () => {
    // Tickets are written while the server is down: each round brings its own.
    await server.stop()
    const shots = await seedCodeSignIns(folder, CODE_SIGN_INS)
    server = await startHalfminute(folder)
    await fire(
      server.url,
      Array.from({ length: 200 }, () => read(cookie)),
      PARALLEL,
    )
    return fire(server.url, shots(), PARALLEL)
  }, bareHello)
  row('code sign-ins', codes.ours, 'bare node:http', codes.bare, codes.ratio)

  const readShots = Array.from({ length: READS }, () => read(cookie))
  const reads = await alternate(() => fire(server.url, readShots, PARALLEL), bareHello)
  row('session reads', reads.ours, 'bare node:http', reads.bare, reads.ratio)
} finally {
  await server.stop()
  await hello.stop()
  rmSync(folder, { recursive: true })
}

function login(nth: number): Shot {
  const body = { login: `${nth % PEOPLE}@example.com`, password: PASSWORD }
  return { method: 'POST', path: '/api/login', body }
}

function read(cookie: string): Shot {
  return { method: 'GET', path: '/api/session', cookie }
}

async function bareArgon2(phc: string, count: number): Promise<number> {
  const started = performance.now()
  let left = count
  const lane = async () => {
    while (left-- > 0) await verify(phc, PASSWORD)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, lane))
  return (count * 1000) / (performance.now() - started)
}

async function alternate(ours: () => Promise<number>, bare: () => Promise<number>) {
  const rates: { ours: number[]; bare: number[] } = { ours: [], bare: [] }
  for (let round = 0; round < ROUNDS; round++) {
    rates.ours.push(await ours())
    rates.bare.push(await bare())
  }
  const [mine, theirs] = [median(rates.ours), median(rates.bare)]
  return { ours: mine.toFixed(0), bare: theirs.toFixed(0), ratio: (mine / theirs).toFixed(2) }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function row(name: string, ours: string, beside: string, bare: string, ratio: string): void {
  console.log(
    `${name.padEnd(20)}${ours.padStart(11)}   ${beside.padEnd(15)}${bare.padStart(11)}${ratio.padStart(8)}`,
  )
}
