/** The table of errors, from the tables that the server and the library answer with. */
import { OTP_ERRORS } from '../../packages/otp/src/index.ts'
import { PROBLEMS } from '../../packages/server/src/http/problems.ts'
import type { Generated } from './generators.ts'
import { tableRow } from './markdown.ts'

export function httpErrors(): Generated {
  const rows = Object.entries(PROBLEMS)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { status, text }]) => tableRow([`\`${code}\``, String(status), text]))
  return { markdown: [tableRow(['code', 'status', 'words']), '|---|---|---|', ...rows].join('\n') }
}

export function libraryErrors(): Generated {
  const rows = Object.entries(OTP_ERRORS)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, text]) => tableRow([`\`${code}\``, text]))
  return { markdown: [tableRow(['code', 'words']), '|---|---|', ...rows].join('\n') }
}
