/** Our codes against oathtool, an implementation that shares no line with ours. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { Hotp, Secret, SHA1, SHA256, SHA512, Totp } from '@halfminute/otp'

const present = spawnSync('oathtool', ['--version']).status === 0
const options = present ? {} : { skip: 'no oathtool' }

function oathtool(...args: string[]): string[] {
  const run = spawnSync('oathtool', args, { encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
  return run.stdout.trim().split('\n')
}

/** Steps follow each other from the time given, so one call yields `count` codes. */
function peerCodes(args: string[], count: number, secret: Secret): string[] {
  return oathtool(...args, `--window=${count - 1}`, '--base32', secret.base32)
}

const TIMES = [0, 59, 1_111_111_109, 2_000_000_000, 20_000_000_000]

for (const algorithm of [SHA1, SHA256, SHA512]) {
  for (const periodSeconds of [30, 60, 120, 240]) {
    test(`totp, ${algorithm.name}, ${periodSeconds} s`, options, () => {
      for (const [i, nowSeconds] of TIMES.entries()) {
        const digits = 6 + (i % 3)
        // Lengths on both sides of each algorithm's block.
        const secret = Secret.generate([10, 20, 32, 64, 150][i])
        const totp = new Totp({ secret, algorithm, digits, periodSeconds })
        const first = totp.step(nowSeconds)
        assert.deepEqual(
          Array.from({ length: 20 }, (_, step) => totp.codeForStep(first + step)),
          peerCodes(
            [
              `--totp=${algorithm.name}`,
              `--digits=${digits}`,
              `--time-step-size=${periodSeconds}s`,
              `--now=@${nowSeconds}`,
            ],
            20,
            secret,
          ),
          `at ${nowSeconds}, ${secret.bytes.length} bytes`,
        )
      }
    })
  }
}

for (const digits of [6, 7, 8]) {
  test(`hotp, ${digits} digits`, options, () => {
    for (const counter of [0, 1, 2 ** 31 - 10, 2 ** 32 - 10, 2 ** 40, 2 ** 53 - 21]) {
      const secret = Secret.generate()
      const hotp = new Hotp({ secret, digits })
      assert.deepEqual(
        Array.from({ length: 20 }, (_, i) => hotp.code(counter + i)),
        peerCodes(['--hotp', `--digits=${digits}`, `--counter=${counter}`], 20, secret),
        `counter ${counter}`,
      )
    }
  })
}

test('oathtool finds our code among its own, and refuses a wrong one', options, () => {
  const secret = Secret.generate()
  const totp = new Totp({ secret })
  const args = ['--totp', '--now=@1700000000', '--base32', secret.base32]
  const right = totp.code({ nowSeconds: 1_700_000_000 })
  const wrong = String((Number(right) + 1) % 1_000_000).padStart(6, '0')
  assert.deepEqual(oathtool(...args, right), ['0'])
  assert.notEqual(spawnSync('oathtool', [...args, wrong]).status, 0)
})
