/** The pages' style, script and icon, named by their content so that browsers may keep them for ever. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface Asset {
  readonly path: string
  readonly type: string
  readonly body: string
}

const JAVASCRIPT = 'text/javascript; charset=utf-8'

export const STYLE = load('halfminute.css', 'text/css; charset=utf-8')
export const SCRIPT = load('halfminute.js', JAVASCRIPT)
export const ICON = load('icon.svg', 'image/svg+xml')

/** The library's file for browsers, which its package names for no import, lies beside the one it does. */
const WEBAUTHN = new URL(
  '../dist/bundle/index.umd.min.js',
  import.meta.resolve('@simplewebauthn/browser'),
)
/** In this order. */
export const PASSKEY_SCRIPTS = [
  load('webauthn.js', JAVASCRIPT, WEBAUTHN),
  load('passkeys.js', JAVASCRIPT),
]

function load(
  name: string,
  type: string,
  from: URL = new URL(`assets/${name}`, import.meta.url),
): Asset {
  const body = readFileSync(from, 'utf8')
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 12)
  return { path: `/assets/${name.replace('.', `.${digest}.`)}`, type, body }
}
