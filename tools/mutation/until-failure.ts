/**
 * Runs test files in the order given and in this one process, and exits 1 at the first test that fails.
 * Passwords get a cheap hash: the true one takes most of the tests' time and is not what is changed. Left
 * out are tests that start other programs, and the one that reads the sources, which stand here rewritten.
 */
import { registerHooks } from 'node:module'
import { run } from 'node:test'

const cheapHash = new URL('cheap-argon2.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@node-rs/argon2'
      ? { url: cheapHash, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context),
})

const events = run({
  files: process.argv.slice(2),
  isolation: 'none',
  testSkipPatterns: [/process/, /oathtool/, /only the gate makes sessions/],
})
events.on('test:fail', ({ name, details }) => {
  console.error(name, details.error)
  process.exit(1)
})
// Nothing runs before somebody reads; a run in which nothing passed proves nothing.
let passed = 0
for await (const { type } of events) if (type === 'test:pass') passed++
if (passed === 0) throw new Error('no test ran')
