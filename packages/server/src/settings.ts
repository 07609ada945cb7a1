/**
 * Settings as rows: the reader, `--help` and docs/settings.md all come from this table.
 *
 * Promises: names carry their unit; all problems are told at once, without the values; an unknown
 * name stops the start. Flags win over the environment, the environment over the file.
 */
import { isIP } from 'node:net'
import { DEFAULT_LIMITS } from '@halfminute/engine'
import type { Limits } from '@halfminute/engine'

export type SettingKind = 'port' | 'whole' | 'text' | 'choice' | 'list' | 'url'

export interface SettingRow {
  /** In capitals, without the prefix: the environment says HALFMINUTE_NAME, a flag --name. */
  readonly name: string
  readonly kind: SettingKind
  /** As it would be typed; empty for none. */
  readonly fallback: string
  readonly help: string
  readonly choices?: readonly string[]
  readonly least?: number
  readonly most?: number
  readonly limit?: keyof Limits
}

const OWN: readonly SettingRow[] = [
  {
    name: 'PORT',
    kind: 'port',
    fallback: '8080',
    help: 'TCP port to listen on; 0 takes a free one.',
  },
  {
    name: 'HOST',
    kind: 'text',
    fallback: '127.0.0.1',
    help: 'Address to listen on; 0.0.0.0 for all of them.',
  },
  {
    name: 'DATABASE',
    kind: 'text',
    fallback: 'data/halfminute.db',
    help: 'File of the embedded database; made at the first start.',
  },
  {
    name: 'KEY_FILE',
    kind: 'text',
    fallback: 'data/halfminute.key',
    help: 'File of the keys that encrypt the secrets (mode 0600).',
  },
  {
    name: 'ISSUER',
    kind: 'text',
    fallback: 'Halfminute',
    help: 'Name that authenticator apps show; no colon.',
  },
  {
    name: 'BASE_URL',
    kind: 'url',
    fallback: '',
    help: 'Address that people see, such as https://login.example.com. Default: http://localhost and the port.',
  },
  {
    name: 'REQUIRE_SECOND_FACTOR',
    kind: 'choice',
    fallback: 'always',
    choices: ['always', 'optional'],
    help: 'Must every account enrol before anything else?',
  },
  {
    name: 'TRUSTED_PROXIES',
    kind: 'list',
    fallback: '',
    help: 'Addresses or CIDR blocks, with commas, whose X-Forwarded-For is believed.',
  },
  {
    name: 'LOG_LEVEL',
    kind: 'choice',
    fallback: 'info',
    choices: ['silent', 'error', 'warn', 'info', 'debug'],
    help: 'How much is logged on standard output, as JSON lines.',
  },
]

const LIMITS: readonly (readonly [
  limit: keyof Limits,
  name: string,
  least: number,
  most: number,
  help: string,
])[] = [
  [
    'ticketSeconds',
    'TICKET_SECONDS',
    30,
    600,
    'Time between the password and the code, in seconds.',
  ],
  ['triesPerTicket', 'TRIES_PER_TICKET', 1, 10, 'Wrong codes that end a sign-in.'],
  [
    'codeTriesPerWindow',
    'CODE_TRIES_PER_WINDOW',
    1,
    100,
    'Wrong codes an account may have in one window.',
  ],
  ['codeWindowSeconds', 'CODE_WINDOW_SECONDS', 60, 2_592_000, 'Length of that window, in seconds.'],
  [
    'recoveryTriesPerWindow',
    'RECOVERY_TRIES_PER_WINDOW',
    1,
    1_000,
    'Wrong recovery codes an account may have in one window.',
  ],
  [
    'reauthenticationsPerHour',
    'REAUTHENTICATIONS_PER_HOUR',
    1,
    100,
    'Wrong passwords of a signed-in person, per hour.',
  ],
  [
    'triesPerConfirmation',
    'TRIES_PER_CONFIRMATION',
    1,
    100,
    'Wrong codes while an authenticator waits for its first right one.',
  ],
  [
    'pendingSeconds',
    'PENDING_SECONDS',
    60,
    600,
    'How long a new authenticator waits for its first right code, in seconds.',
  ],
  ['authenticatorsPerAccount', 'AUTHENTICATORS_PER_ACCOUNT', 1, 50, 'Authenticators per account.'],
  [
    'sessionIdleSeconds',
    'SESSION_IDLE_SECONDS',
    60,
    3_600,
    'A session unused for so long is over, in seconds.',
  ],
  [
    'sessionAbsoluteSeconds',
    'SESSION_ABSOLUTE_SECONDS',
    60,
    86_400,
    'A session is over so long after its start, in seconds.',
  ],
  [
    'freshSeconds',
    'FRESH_SECONDS',
    30,
    900,
    'How old a sign-in may be when factors or the password are changed, in seconds.',
  ],
]

export const SETTINGS: readonly SettingRow[] = [
  ...OWN,
  ...LIMITS.map(([limit, name, least, most, help]): SettingRow => ({
    name,
    kind: 'whole',
    fallback: String(DEFAULT_LIMITS[limit]),
    help,
    least,
    most,
    limit,
  })),
]

export interface Settings {
  readonly port: number
  readonly host: string
  readonly database: string
  readonly keyFile: string
  readonly issuer: string
  /** Without a trailing slash; undefined: http://localhost and the port that is listened on. */
  readonly baseUrl: string | undefined
  readonly requireSecondFactor: 'always' | 'optional'
  readonly trustedProxies: readonly string[]
  readonly logLevel: string
  readonly limits: Limits
  readonly production: boolean
}

/** Everything that is wrong with the settings, a line each; fit for the terminal. */
export class SettingsProblem extends Error {
  override readonly name = 'SettingsProblem'
}

export interface SettingSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Flags by name without dashes: `{ port: '3000' }`. */
  readonly flags?: Readonly<Record<string, string | undefined>>
  /** The text of halfminute.config.json, if there is one. */
  readonly file?: string | undefined
}

/** @throws SettingsProblem with a line for each problem */
export function readSettings({ env, flags = {}, file }: SettingSources): Settings {
  const problems: string[] = []
  const fromFile = readFileValues(file, problems)
  const known = new Set(SETTINGS.map(({ name }) => envName(name)))
  for (const name of Object.keys(env)) {
    if (
      name.startsWith('HALFMINUTE_') &&
      !name.startsWith('HALFMINUTE_TEST_') &&
      !known.has(name)
    ) {
      problems.push(`${name}: not a setting`)
    }
  }
  const values = new Map<string, string>()
  for (const row of SETTINGS) {
    const value =
      flags[flagName(row.name)] ?? env[envName(row.name)] ?? fromFile.get(row.name) ?? row.fallback
    const problem = check(row, value)
    if (problem !== undefined) problems.push(`${envName(row.name)}: ${problem}`)
    values.set(row.name, value)
  }
  if (problems.length > 0) throw new SettingsProblem(problems.join('\n'))

  const text = (name: string) => values.get(name) ?? ''
  const limits = Object.fromEntries(
    SETTINGS.flatMap(({ name, limit }) => (limit ? [[limit, Number(text(name))]] : [])),
  ) as unknown as Limits
  return {
    port: Number(text('PORT')),
    host: text('HOST'),
    database: text('DATABASE'),
    keyFile: text('KEY_FILE'),
    issuer: text('ISSUER'),
    // As browsers write it in `Origin`: lower case, without the scheme's own port.
    baseUrl: text('BASE_URL') === '' ? undefined : new URL(text('BASE_URL')).origin,
    requireSecondFactor: text('REQUIRE_SECOND_FACTOR') as Settings['requireSecondFactor'],
    trustedProxies: splitList(text('TRUSTED_PROXIES')),
    logLevel: text('LOG_LEVEL'),
    limits,
    production: env['NODE_ENV'] === 'production',
  }
}

export function envName(name: string): string {
  return `HALFMINUTE_${name}`
}

export function flagName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}

/** The name of a setting in halfminute.config.json. */
export function fileName(name: string): string {
  return name.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function readFileValues(file: string | undefined, problems: string[]): Map<string, string> {
  const values = new Map<string, string>()
  if (file === undefined) return values
  let parsed: unknown
  try {
    parsed = JSON.parse(file)
  } catch {
    parsed = undefined
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    problems.push('halfminute.config.json: expected one JSON object')
    return values
  }
  const names = new Map(SETTINGS.map(({ name }) => [fileName(name), name]))
  for (const [key, value] of Object.entries(parsed)) {
    const name = names.get(key)
    if (name === undefined) problems.push(`halfminute.config.json: ${key}: not a setting`)
    else if (Array.isArray(value)) values.set(name, value.join(','))
    else if (typeof value === 'string' || typeof value === 'number') values.set(name, String(value))
    else problems.push(`halfminute.config.json: ${key}: expected a text or a number`)
  }
  return values
}

function check(row: SettingRow, value: string): string | undefined {
  switch (row.kind) {
    case 'port':
      return isWhole(value, 0, 65_535) ? undefined : 'expected a port, 0 to 65535'
    case 'whole': {
      const { least = 0, most = Number.MAX_SAFE_INTEGER } = row
      return isWhole(value, least, most)
        ? undefined
        : `expected a whole number from ${least} to ${most}`
    }
    case 'choice':
      return row.choices?.includes(value) ? undefined : `expected ${row.choices?.join(' or ')}`
    case 'url':
      return value === '' ? undefined : checkUrl(value)
    case 'list':
      return splitList(value).every(isAddressBlock)
        ? undefined
        : 'expected addresses or CIDR blocks, with commas'
    case 'text':
      return checkText(row.name, value)
  }
}

function checkText(name: string, value: string): string | undefined {
  if (value.trim() === '') return 'expected a text'
  if (name === 'ISSUER' && /[:\p{Cc}]/u.test(value)) {
    return 'expected a name without colons and control characters'
  }
  // SQLite would read file: as an address, past every check of the path.
  if (name === 'DATABASE' && /^(\w+:\/\/|file:)/i.test(value)) {
    return 'expected the path of a file; this version has the embedded database only'
  }
  return undefined
}

/** Sign-in over plain http is for this machine alone: elsewhere cookies and passwords could be read. */
function checkUrl(value: string): string | undefined {
  if (!URL.canParse(value)) return 'expected an address such as https://login.example.com'
  const url = new URL(value)
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') {
    return 'expected an address without a path'
  }
  if (url.protocol === 'https:') return undefined
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.protocol === 'http:' && local
    ? undefined
    : 'expected https:// (http:// is for localhost only)'
}

function isWhole(value: string, least: number, most: number): boolean {
  return /^\d{1,15}$/.test(value) && Number(value) >= least && Number(value) <= most
}

/** An IP address, or a block of them such as 10.0.0.0/8. */
function isAddressBlock(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  return bits === undefined || isWhole(bits, 0, version === 6 ? 128 : 32)
}

function splitList(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
