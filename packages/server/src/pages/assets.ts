/** The pages' style, script and icon, named by their content so that browsers may keep them for ever. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface Asset {
  readonly path: string
  readonly type: string
  readonly body: string
}

export const STYLE = load('halfminute.css', 'text/css; charset=utf-8')
export const SCRIPT = load('halfminute.js', 'text/javascript; charset=utf-8')
export const ICON = load('icon.svg', 'image/svg+xml')

function load(name: string, type: string): Asset {
  const body = readFileSync(new URL(`assets/${name}`, import.meta.url), 'utf8')
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 12)
  return { path: `/assets/${name.replace('.', `.${digest}.`)}`, type, body }
}
