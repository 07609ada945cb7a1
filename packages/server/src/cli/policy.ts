/**
 * `halfminute policy`: what the limits in force are worth against somebody who has the password.
 * Promises: reads the same settings as the server; exit 1 when the chance per year is over the goal.
 */
import type { Command } from './command.ts'
import { usage } from './errors.ts'

export const policy: Command = {
  name: 'policy',
  summary: "Prints an attacker's chance per day and year under the limits in force.",
  notes: [
    'The attacker has the password and guesses six digits from browsers that the account does not know, for as long as the limits let him; the account has one authenticator, by the clock or by a counter, and each further one adds as much again. Above 1 in 1,000 per year it warns and exits with 1.',
  ],
  operands: [],
  options: { json: { help: 'Prints {"triesPerDay","triesPerYear","perTry","perDay","perYear"}.' } },
  async run({ options }, io) {
    const [{ GOAL_PER_YEAR, guessingOdds }, { readSetting, SettingsProblem }, { readConfigFile }] =
      await Promise.all([
        import('@halfminute/engine'),
        import('../settings.ts'),
        import('./config-file.ts'),
      ])
    const limit = (name: string) =>
      Number(readSetting(name, { env: io.env, file: readConfigFile() }))
    try {
      const odds = guessingOdds({
        codeFailuresPerDay: limit('CODE_FAILURES_PER_DAY'),
        codeFailuresPerMonth: limit('CODE_FAILURES_PER_MONTH'),
      })
      io.out(options.has('json') ? `${JSON.stringify(odds)}\n` : table(odds))
      if (odds.perYear <= GOAL_PER_YEAR) return 0
      io.err('halfminute: warning: that is more than 1 in 1,000 per year\n')
      io.err('halfminute: hint: lower HALFMINUTE_CODE_FAILURES_PER_MONTH; 24 is the default\n')
      return 1
    } catch (error) {
      if (error instanceof SettingsProblem) throw usage(error.message)
      throw error
    }
  },
}

function table(odds: {
  triesPerDay: number
  triesPerYear: number
  perDay: number
  perYear: number
}): string {
  const row = (span: string, tries: number, chance: number) =>
    `${span.padEnd(6)}${String(tries).padStart(10)}${chance.toExponential(1).padStart(12)}   1 in ${Math.round(1 / chance).toLocaleString('en')}\n`
  return [
    `${''.padEnd(6)}${'tries'.padStart(10)}${'chance'.padStart(12)}\n`,
    row('day', odds.triesPerDay, odds.perDay),
    row('year', odds.triesPerYear, odds.perYear),
  ].join('')
}
