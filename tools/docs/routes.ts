/** The routes of the API, from the very document that the server serves at /openapi.json. */
import { createEngine, generateKeyring, sqliteStore } from '../../packages/engine/src/index.ts'
import { createApp } from '../../packages/server/src/http/app.ts'
import type { Generated } from './generators.ts'
import { tableRow } from './markdown.ts'

interface Operation {
  readonly summary: string
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}

export async function routes(): Promise<Generated> {
  const document = await openApi()
  const rows = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary, responses }]) => {
      const answer = Object.entries(responses).find(([status]) => status < '300')
      const refusals = Object.entries(responses).filter(([status]) => status >= '300')
      return tableRow([
        `\`${method.toUpperCase()} ${path}\``,
        summary,
        answer === undefined ? '' : `${answer[0]}: ${answer[1].description}`,
        refusals.map(([status, { description }]) => `${status} ${codesIn(description)}`).join('; '),
      ])
    }),
  )
  const head = [tableRow(['route', 'what it does', 'answer', 'refusals']), '|---|---|---|---|']
  return { markdown: [...head, ...rows].join('\n') }
}

function codesIn(description: string): string {
  return [...description.matchAll(/\b([A-Z]+(?:_[A-Z]+)+|BUSY)\b:/g)]
    .map(([, code = '']) => `\`${code}\``)
    .join(', ')
}

async function openApi(): Promise<{ paths: Record<string, Record<string, Operation>> }> {
  const fixed = (length: number) => Uint8Array.from({ length }, (_, at) => at)
  const engine = createEngine({
    store: sqliteStore(':memory:'),
    keyring: generateKeyring(fixed),
    issuer: 'Halfminute',
  })
  const app = createApp({
    engine,
    issuer: 'Halfminute',
    secondFactor: 'always',
    baseUrl: 'http://localhost:8080',
    sessionSeconds: 1,
    ticketSeconds: 1,
    log: () => undefined,
    nowSeconds: () => 0,
    randomText: () => 'text',
    milliseconds: () => 0,
  })
  const response = await app.request('/openapi.json')
  return (await response.json()) as { paths: Record<string, Record<string, Operation>> }
}
