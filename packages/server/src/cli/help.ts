/** The texts of `--help`, made from the table of commands. At most 80 columns, with a line end. */
import { type Options, usageLine } from './arguments.ts'
import type { Command } from './command.ts'

const COLUMNS = 80

const HELP_ROW = ['-h, --help', 'Prints this.'] as const

export function programHelp(commands: readonly Command[]): string {
  return [
    'Two-factor login for TypeScript apps, where one-time means one time.',
    '',
    'Usage: halfminute [COMMAND] [OPTIONS]',
    '',
    'Commands:',
    ...rows(commands.map(({ name, summary }) => [name, summary])),
    '',
    'Options:',
    ...rows([HELP_ROW, ['--version', 'Prints the version.']]),
    '',
    ...wrap('A secret is read from standard input, never from the command line.', ''),
    ...wrap('Answers go to standard output, everything else to standard error.', ''),
    ...wrap('Exit status: 0 done, 1 refused, 2 used wrongly.', ''),
    ...wrap('halfminute COMMAND --help says more about a command.', ''),
    '',
  ].join('\n')
}

export function commandHelp(command: Command, options: Options): string {
  const { name, operands, summary, notes = [] } = command
  return [
    ...wrap(summary, ''),
    '',
    `Usage: ${usageLine({ name, operands, options })}`,
    ...notes.flatMap((note) => ['', ...wrap(note, '')]),
    '',
    'Options:',
    ...rows([
      ...Object.entries(options).map(([option, { value, help }]): Row => {
        return [`--${option}${value === undefined ? '' : ` ${value}`}`, help]
      }),
      HELP_ROW,
    ]),
    '',
  ].join('\n')
}

type Row = readonly [left: string, right: string]

function rows(list: readonly Row[]): string[] {
  const width = Math.max(...list.map(([left]) => left.length))
  return list.flatMap(([left, right]) => {
    const [first = '', ...rest] = wrap(right, ' '.repeat(width + 4))
    return [`  ${left.padEnd(width)}  ${first.trimStart()}`, ...rest]
  })
}

function wrap(text: string, indent: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > COLUMNS) {
      lines.push(indent + line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, indent + line]
}
