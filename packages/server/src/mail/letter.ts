/**
 * A message as people get it: subject, text and HTML that say the same.
 *
 * Promises: whatever others may have typed is escaped; the HTML loads nothing, and sets no colour that a dark
 * mail program could make unreadable. Leaves to `words.ts`: what is said.
 */
import { html } from 'hono/html'
import type { Message } from '@halfminute/engine'
import { knownDevice } from '../pages/activity.ts'
import { wordsOf } from './words.ts'
import type { Site, Words } from './words.ts'

export interface Letter {
  readonly subject: string
  readonly text: string
  readonly html: string
  /** What it is sent for, in one line: the link or the code. For the terminal of a developer. */
  readonly point: string | undefined
}

export async function letterOf(message: Message, site: Site): Promise<Letter> {
  const words = wordsOf(message, site)
  const { secret } = message
  const facts = factsOf(message)
  const url = words.link && site.baseUrl + words.link.path
  return {
    subject: words.subject,
    text: textOf(words, facts, url, site),
    html: String(await htmlOf(words, facts, url, site)),
    point: secret !== undefined && url?.includes(secret) === true ? url : secret,
  }
}

type Fact = readonly [name: string, value: string]

function factsOf({ at, data }: Message): Fact[] {
  const { source, userAgent } = data
  // What a program calls itself is anybody's text; only names that we know are told.
  const device = typeof userAgent === 'string' ? knownDevice(userAgent) : undefined
  return [
    ['When', `${momentWords(at)} UTC`],
    ...(typeof source === 'string' ? [['From', source] as const] : []),
    ...(device === undefined ? [] : [['With', device] as const]),
  ]
}

function momentWords(seconds: number): string {
  const date = new Date(seconds * 1000)
  return date.toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
}

function footWords({ issuer }: Site): string {
  return `You get this because your address belongs to an account at ${issuer}. Nobody reads what is sent back.`
}

function textOf(
  { happened, link, code, otherwise }: Words,
  facts: readonly Fact[],
  url: string | undefined,
  site: Site,
): string {
  return [
    happened,
    ...(link === undefined ? [] : [`${link.label}: ${url}`]),
    ...(code === undefined ? [] : [`${code.hint}\n\n    ${code.text}`]),
    facts.map(([name, value]) => `${name}: ${value}`).join('\n'),
    otherwise,
    `-- \n${footWords(site)}\n`,
  ].join('\n\n')
}

const BUTTON =
  'display:inline-block;padding:10px 18px;border:2px solid;border-radius:8px;font-weight:600;text-decoration:none'
const CODE = 'font-family:ui-monospace,monospace;font-size:14px;word-break:break-all'

function htmlOf(
  { subject, happened, link, code, otherwise }: Words,
  facts: readonly Fact[],
  url: string | undefined,
  site: Site,
) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>${subject}</title>
      </head>
      <body
        style="margin:0;padding:24px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif"
      >
        <div style="max-width:34em;margin:0 auto">
          <p style="font-weight:600">${site.issuer}</p>
          <h1 style="font-size:22px;line-height:1.3">${subject}</h1>
          <p>${happened}</p>
          ${link === undefined ? '' : html`<p><a href="${url}" style="${BUTTON}">${link.label}</a></p>`}
          ${
            code === undefined
              ? ''
              : html`<p>${code.hint}</p>
                  <p style="${CODE}">${code.text}</p>`
          }
          <p>${facts.map(([name, value]) => html`${name}: <strong>${value}</strong><br />`)}</p>
          <p>${otherwise}</p>
          <p style="font-size:13px;border-top:1px solid;padding-top:12px">${footWords(site)}</p>
        </div>
      </body>
    </html>`
}
