/** What every command says under `--help`, from the table of commands. */
import { optionsOf } from '../../packages/server/src/cli/command.ts'
import { COMMANDS } from '../../packages/server/src/cli/commands.ts'
import { commandHelp, programHelp } from '../../packages/server/src/cli/help.ts'
import type { Generated } from './generators.ts'

export async function commands(): Promise<Generated> {
  const sections = await Promise.all(
    COMMANDS.map(async (command) => {
      const help = commandHelp(command, await optionsOf(command))
      return `## \`${command.name}\`\n\n${fenced(help)}`
    }),
  )
  return { markdown: [fenced(programHelp(COMMANDS)), ...sections].join('\n\n') }
}

function fenced(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``
}
