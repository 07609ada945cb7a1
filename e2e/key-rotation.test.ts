/** Keys are changed by the commands while a real server signs people in. */
import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import { runCommand } from './support/command.ts'
import { enrol, giveCode, HttpClient, register, ticketOf } from './support/person.ts'
import type { Authenticator, Enrolled } from './support/person.ts'
import { startServer } from './support/server.ts'

const nowSeconds = () => Math.floor(Date.now() / 1000)

const library = (uri: string): Authenticator => ({
  code: (now) => virtualAuthenticator(uri, { nowSeconds: () => now }).code(),
})

/** @param atSeconds Unix time whose code is given */
async function signsIn(url: string, login: string, enrolled: Enrolled, atSeconds: number) {
  const client = new HttpClient(url)
  const ticket = await ticketOf(client, login)
  const answer = await giveCode(client, ticket, enrolled.phone.code(atSeconds))
  assert.equal(answer.status, 200, answer.text)
}

test('sign-ins go on before, during and after a rotation, and after a restart without the old key [R4]', async (t) => {
  const server = await startServer(t)
  const { folder, url } = server
  const keyFile = join(folder, 'data/halfminute.key')
  const logins = ['a@example.com', 'b@example.com', 'c@example.com', 'd@example.com']
  const people: Enrolled[] = []
  for (const login of logins) {
    const client = new HttpClient(url)
    await register(client, login)
    // Confirmed with the step before, so that the present one and the next are left for signing in.
    people.push(await enrol(client, library, nowSeconds() - 30))
  }
  const [a, b, c, d] = people
  assert.ok(a && b && c && d)
  const before = readFileSync(keyFile, 'utf8')
  await signsIn(url, 'a@example.com', a, nowSeconds())

  const rotating = runCommand(folder, ['keys', 'rotate'])
  await signsIn(url, 'b@example.com', b, nowSeconds())
  const rotated = await rotating
  assert.equal(rotated.code, 0, rotated.stderr)
  assert.match(
    rotated.stdout,
    /^Key [0-9a-f]{16}: encrypts all from now on; 4 moved to it, 4 in all$/m,
  )
  assert.match(rotated.stdout, /^Key [0-9a-f]{16}: no longer used/m)
  const both = readFileSync(keyFile, 'utf8')
  const linesOf = (text: string) => text.split('\n').filter((line) => /^[^#]/.test(line))
  assert.deepEqual(linesOf(both).slice(1), linesOf(before))
  if (process.platform !== 'win32') assert.equal(statSync(keyFile).mode & 0o777, 0o600)
  await signsIn(url, 'c@example.com', c, nowSeconds())

  const retired = await runCommand(folder, ['keys', 'retire'])
  assert.equal(retired.code, 0, retired.stderr)
  assert.match(retired.stdout, /^Key [0-9a-f]{16}: removed$/m)
  assert.deepEqual(linesOf(readFileSync(keyFile, 'utf8')), linesOf(both).slice(0, 1))
  await server.stop()
  const again = await startServer(t, { folder })
  await signsIn(again.url, 'd@example.com', d, nowSeconds())
  await signsIn(again.url, 'a@example.com', a, nowSeconds() + 30)
  for (const text of [rotated.stdout, rotated.stderr, retired.stdout, retired.stderr]) {
    for (const key of linesOf(both)) assert.equal(text.includes(key), false)
  }
})

test('an enrolment in a server that runs on is sealed with the new key [R4]', async (t) => {
  const { folder, url } = await startServer(t)
  const first = new HttpClient(url)
  await register(first, 'a@example.com')
  const enrolled = await enrol(first, library, nowSeconds() - 30)
  assert.equal((await runCommand(folder, ['keys', 'rotate'])).code, 0)
  // Meets the new key, and so reads the file.
  await signsIn(url, 'a@example.com', enrolled, nowSeconds())
  const second = new HttpClient(url)
  await register(second, 'b@example.com')
  await enrol(second, library, nowSeconds())
  const retired = await runCommand(folder, ['keys', 'retire'])
  assert.deepEqual([retired.code, retired.stderr], [0, ''])
})

test('nothing to rotate, and nothing to retire, is said and changes nothing', async (t) => {
  const { folder } = await startServer(t)
  const keyFile = join(folder, 'data/halfminute.key')
  const before = readFileSync(keyFile, 'utf8')
  const retired = await runCommand(folder, ['keys', 'retire'])
  assert.deepEqual([retired.code, retired.stdout], [0, ''])
  assert.equal(readFileSync(keyFile, 'utf8'), before)
  const absent = await runCommand(folder, ['keys', 'rotate', '--database', 'other.db'])
  assert.equal(absent.code, 1)
  assert.match(absent.stderr, /there is no database yet/)
  assert.equal(readFileSync(keyFile, 'utf8'), before)
})
