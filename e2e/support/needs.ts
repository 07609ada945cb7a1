/** Tests that need a program of the machine. */
import { spawnSync } from 'node:child_process'

/**
 * `{ skip: 'no zbarimg' }` where a program is absent. With HALFMINUTE_TEST_REQUIRE_ALL set nothing is
 * skipped, so the test fails instead.
 */
export function needs(...programs: readonly string[]): { skip: string | false } {
  const required = process.env['HALFMINUTE_TEST_REQUIRE_ALL'] !== undefined
  const absent = programs.find((one) => spawnSync(one, ['--version']).error !== undefined)
  return { skip: absent === undefined || required ? false : `no ${absent}` }
}
