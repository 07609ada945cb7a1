/**
 * Reads the settings that `setting-rows.ts` lists; `--help` and docs/settings.md come from the same rows.
 *
 * Promises: names carry their unit; all problems are told at once, without the values; an unknown
 * name stops the start. Flags win over the environment, the environment over the file.
 */
import { isIP } from 'node:net'
import type { Limits } from '@halfminute/engine'
import { checkEndpoint, checkSecret, checkSentCodes, smsSettings } from './sent-code-settings.ts'
import type { SmsSettings } from './sent-code-settings.ts'
import { SETTINGS } from './setting-rows.ts'
import type { SettingRow } from './setting-rows.ts'

export interface Settings {
  readonly port: number
  readonly host: string
  readonly database: string
  readonly keyFile: string
  readonly issuer: string
  /** Without a trailing slash; undefined: http://localhost and the port that is listened on. */
  readonly baseUrl: string | undefined
  readonly requireSecondFactor: 'always' | 'optional'
  /** 0: off. */
  readonly trustedBrowserDays: number
  readonly trustedProxies: readonly string[]
  /** Holds the password of the mail server. Never to be logged. */
  readonly smtpUrl: string | undefined
  readonly mailFrom: string | undefined
  readonly emailCodes: boolean
  readonly smsCodes: boolean
  readonly sms: SmsSettings
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
  const flagNames = new Set(SETTINGS.map(({ name }) => flagName(name)))
  for (const name of Object.keys(flags)) {
    if (!flagNames.has(name)) problems.push(`--${name}: not a setting`)
  }
  const values = new Map<string, string>()
  for (const row of SETTINGS) {
    const value = valueOf(row, { env, flags }, fromFile)
    const problem = check(row, value) ?? checkFlag(row, flags[flagName(row.name)])
    if (problem !== undefined) problems.push(`${envName(row.name)}: ${problem}`)
    values.set(row.name, value)
  }
  const mail = checkMail(values, env['NODE_ENV'] === 'production')
  if (mail !== undefined) problems.push(mail)
  const alone = isAlone({
    production: env['NODE_ENV'] === 'production',
    host: values.get('HOST') ?? '',
    baseUrl: values.get('BASE_URL') || undefined,
  })
  problems.push(...checkSentCodes(values, alone))
  const reach = checkReach(values, env['NODE_ENV'] === 'production')
  if (reach !== undefined) problems.push(reach)
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
    trustedBrowserDays: Number(text('TRUSTED_BROWSER_DAYS')),
    trustedProxies: splitList(text('TRUSTED_PROXIES')),
    smtpUrl: text('SMTP_URL') || undefined,
    mailFrom: text('MAIL_FROM').trim() || undefined,
    emailCodes: text('EMAIL_CODES') === 'on',
    smsCodes: text('SMS_CODES') === 'on',
    sms: smsSettings(values),
    logLevel: text('LOG_LEVEL'),
    limits,
    production: env['NODE_ENV'] === 'production',
  }
}

/**
 * One setting as the server would read it, whatever the others say.
 * @throws SettingsProblem when the file or this setting is wrong
 */
export function readSetting(name: string, { env, flags = {}, file }: SettingSources): string {
  const problems: string[] = []
  const row = SETTINGS.find((one) => one.name === name)
  if (row === undefined) throw new RangeError('name: not a setting')
  const value = valueOf(row, { env, flags }, readFileValues(file, problems))
  const problem = check(row, value)
  if (problem !== undefined) problems.push(`${envName(name)}: ${problem}`)
  if (problems.length > 0) throw new SettingsProblem(problems.join('\n'))
  return value
}

function valueOf(
  { name, fallback }: SettingRow,
  { env, flags }: Required<Pick<SettingSources, 'env' | 'flags'>>,
  fromFile: ReadonlyMap<string, string>,
): string {
  return flags[flagName(name)] ?? env[envName(name)] ?? fromFile.get(name) ?? fallback
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
    case 'smtp-url':
      return value === '' ? undefined : checkSmtpUrl(value)
    case 'endpoint':
      return value === '' ? undefined : checkEndpoint(value)
    case 'secret':
    case 'line':
      return value === '' ? undefined : checkSecret(row.name, value)
    case 'mailbox':
      return value === '' || isMailbox(value)
        ? undefined
        : 'expected an address such as login@example.com, or a name before it in <…>'
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
  if (name === 'ISSUER' && (value.length > 64 || /[:\p{Cc}]/u.test(value))) {
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

function checkSmtpUrl(value: string): string | undefined {
  const expected = 'expected an address such as smtp://user:password@mail.example.com:587'
  if (!URL.canParse(value)) return expected
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(value)
  if (!['smtp:', 'smtps:'].includes(protocol) || hostname === '') return expected
  if (!['', '/'].includes(pathname) || search !== '' || hash !== '') {
    return 'expected an address without a path; other characters of a password are written as %2F and the like'
  }
  if ((username === '') !== (password === '')) return 'expected a user with a password, or neither'
  return isEncoded(username) && isEncoded(password)
    ? undefined
    : 'expected a percent sign in a password to be written as %25'
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** A command line is shown to everybody on the machine, and kept by shells. */
function checkFlag({ kind }: SettingRow, flag: string | undefined): string | undefined {
  if (flag === undefined || flag === '') return undefined
  if (kind === 'secret') {
    return 'expected in the environment or in halfminute.config.json, because it is secret'
  }
  if (kind !== 'smtp-url' || !URL.canParse(flag)) return undefined
  return new URL(flag).password === ''
    ? undefined
    : 'expected in the environment or in halfminute.config.json, because it holds a password'
}

function isMailbox(value: string): boolean {
  if (/\p{Cc}/u.test(value)) return false
  const address = /^[^<>"]*<([^<>]+)>$/.exec(value.trim())?.[1] ?? value.trim()
  return /^[^\s@<>(),:;"[\]\\]+@[^\s@<>(),:;"[\]\\]+$/.test(address)
}

/** Mail has a sender, and its links lead where people are. */
function checkMail(values: ReadonlyMap<string, string>, production: boolean): string | undefined {
  const url = values.get('SMTP_URL') ?? ''
  if (url === '' || checkSmtpUrl(url) !== undefined) return undefined
  if (values.get('MAIL_FROM') === '') {
    return 'HALFMINUTE_MAIL_FROM: expected the address that mails come from, because HALFMINUTE_SMTP_URL is set'
  }
  return production && values.get('BASE_URL') === ''
    ? 'HALFMINUTE_BASE_URL: expected the https:// address that people use, because mails hold links to it'
    : undefined
}

export type Reach = Pick<Settings, 'production' | 'host' | 'baseUrl'>

/**
 * Nobody but whoever sits at this machine uses this server, so that it may show what it does not send. An
 * https address, or one that others reach, means that there are others.
 */
export function isAlone({ production, host, baseUrl }: Reach): boolean {
  return !production && isLoopback(host) && (baseUrl === undefined || baseUrl.startsWith('http:'))
}

/** In production nobody may be asked for a password over plain http from another machine. */
function checkReach(values: ReadonlyMap<string, string>, production: boolean): string | undefined {
  if (!production || isLoopback(values.get('HOST') ?? '') || values.get('BASE_URL') !== '') return
  return 'HALFMINUTE_BASE_URL: expected the https:// address that people use, because HALFMINUTE_HOST can be reached from other machines'
}

/** Can only this machine reach it? */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
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
