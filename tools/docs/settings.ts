/** The settings' table, from the rows that the server reads. */
import { SETTINGS } from '../../packages/server/src/setting-rows.ts'
import { envName, fileName, flagName } from '../../packages/server/src/settings.ts'
import type { Generated } from './generators.ts'
import { tableRow } from './markdown.ts'

export function settings(): Generated {
  const rows = SETTINGS.map(({ name, fallback, help, choices, least, most }) => {
    const range = choices?.join(', ') ?? (least === undefined ? '' : `${least} to ${most}`)
    return tableRow([
      `\`${envName(name)}\``,
      `\`--${flagName(name)}\``,
      `\`${fileName(name)}\``,
      fallback === '' ? '' : `\`${fallback}\``,
      [help, range].filter(Boolean).join(' '),
    ])
  })
  const head = [
    tableRow(['environment', 'flag', 'file', 'default', 'meaning']),
    '|---|---|---|---|---|',
  ]
  return { markdown: [...head, ...rows].join('\n') }
}
