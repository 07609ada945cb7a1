/**
 * Reading otpauth:// addresses that other people built.
 *
 * Promises: strict about what changes the codes (a parameter out of range or given twice is refused,
 * never guessed), tolerant about what does not (case of names, unknown parameters, an issuer that
 * differs from the label's prefix, which Microsoft and Apple send). Errors carry the code of the
 * parameter, and neither the address nor the secret in it.
 * `+` stays `+`: it is common in e-mail addresses, and this is not form encoding.
 */
import { OtpError, type OtpErrorCode } from './errors.ts'
import { wholeNumber } from './guards.ts'
import { SHA1, type Algorithm } from './hmac.ts'
import { Hotp } from './hotp.ts'
import { isHttps, type OtpOptions } from './parameters.ts'
import { Secret } from './secret.ts'
import { SHA256, SHA512 } from './sha2.ts'
import { Totp } from './totp.ts'
import { LONGEST_URI_BYTES } from './uri.ts'

/** The parameters we know, with the code each is refused by. All others are kept out. */
const KNOWN = {
  secret: 'SECRET_INVALID',
  issuer: 'ISSUER_INVALID',
  algorithm: 'ALGORITHM_INVALID',
  digits: 'DIGITS_INVALID',
  period: 'PERIOD_INVALID',
  counter: 'COUNTER_INVALID',
  image: 'IMAGE_INVALID',
  encoder: 'URI_TYPE_UNKNOWN',
} as const satisfies Record<string, OtpErrorCode>

type Known = keyof typeof KNOWN
type Query = ReadonlyMap<Known, string>

/**
 * An otpauth:// address → the authenticator it describes.
 *
 * A parameter of the other type (`counter` for totp, `period` for hotp) and an image that is not
 * https are kept out like unknown ones. The `issuer` is the parameter, else the label's prefix.
 *
 * @throws OtpError `URI_INVALID`, `URI_TOO_LONG` (over 4,096 bytes), `URI_TYPE_UNKNOWN`, or the code
 *   of the parameter that is missing, malformed, out of range or given twice; nothing else
 */
export function parseUri(uri: string): Totp | Hotp {
  const parts = splitUri(uri)
  const query = readQuery(parts.query)
  if (parts.type !== 'totp' && parts.type !== 'hotp') throw new OtpError('URI_TYPE_UNKNOWN')
  if (isSteam(query)) throw new OtpError('URI_TYPE_UNKNOWN', 'Steam codes are not supported')

  const secret = query.get('secret')
  if (secret === undefined) throw new OtpError('SECRET_INVALID', 'missing')
  const label = readLabel(parts.label)
  const image = query.get('image')
  const common: OtpOptions = {
    secret: Secret.fromBase32(secret),
    issuer: query.get('issuer') || label.issuer,
    account: label.account,
    algorithm: readAlgorithm(query),
    digits: readNumber(query, 'digits'),
    image: image !== undefined && isHttps(image) ? image : undefined,
  }
  if (parts.type === 'totp')
    return new Totp({ ...common, periodSeconds: readNumber(query, 'period') })
  const counter = readNumber(query, 'counter')
  if (counter === undefined) throw new OtpError('COUNTER_INVALID', 'missing')
  return new Hotp({ ...common, counter })
}

function splitUri(uri: unknown): { type: string; label: string; query: string } {
  if (typeof uri !== 'string') throw new OtpError('URI_INVALID', 'not a string')
  if (utf8Length(uri) > LONGEST_URI_BYTES) throw new OtpError('URI_TOO_LONG')
  if (uri.includes('#')) throw new OtpError('URI_INVALID', 'it has a fragment')
  if (!uri.isWellFormed() || hasControl(uri))
    throw new OtpError('URI_INVALID', 'control characters or lone surrogates')
  const parts = /^otpauth:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/is.exec(uri)
  if (parts === null) throw new OtpError('URI_INVALID')
  const [, type = '', label = '', query = ''] = parts
  return { type: type.toLowerCase(), label, query }
}

function readQuery(text: string): Query {
  const query = new Map<Known, string>()
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=')
    const rawName = equals < 0 ? pair : pair.slice(0, equals)
    const name = decode(rawName, 'URI_INVALID').toLowerCase()
    if (!isKnown(name)) continue
    if (query.has(name)) throw new OtpError(KNOWN[name], `${name} given twice`)
    query.set(name, decode(equals < 0 ? '' : pair.slice(equals + 1), KNOWN[name]))
  }
  return query
}

/** `issuer:account` or `account`. Split before decoding, so that only the first colon parts them. */
function readLabel(label: string): { issuer: string | undefined; account: string } {
  const colon = /:|%3a/i.exec(label)
  if (colon === null) return { issuer: undefined, account: readName(label, 'ACCOUNT_INVALID') }
  return {
    issuer: readName(label.slice(0, colon.index), 'ISSUER_INVALID'),
    account: readName(label.slice(colon.index + colon[0].length), 'ACCOUNT_INVALID'),
  }
}

function readName(text: string, code: OtpErrorCode): string {
  return decode(text, code).replace(/^ +/, '')
}

function readAlgorithm(query: Query): Algorithm | undefined {
  const name = query.get('algorithm')
  if (name === undefined) return undefined
  const bits = /^(?:HMAC-?)?SHA-?(1|256|512)$/i.exec(name)?.[1]
  if (bits === '1') return SHA1
  if (bits === '256') return SHA256
  if (bits === '512') return SHA512
  throw new OtpError('ALGORITHM_INVALID')
}

/** Digits only; the range is the constructor's business. `-1`, `1e3`, `0x6` and empty are refused. */
function readNumber(query: Query, name: 'digits' | 'period' | 'counter'): number | undefined {
  const text = query.get(name)
  if (text === undefined) return undefined
  if (!/^[0-9]+$/.test(text)) throw new OtpError(KNOWN[name])
  return wholeNumber(Number(text), KNOWN[name], 0)
}

/** Steam's codes are five letters, not digits; read as TOTP they would never match. */
function isSteam(query: Query): boolean {
  return (
    query.get('encoder')?.toLowerCase() === 'steam' ||
    (query.get('issuer')?.toLowerCase() === 'steam' && query.get('digits') === '5')
  )
}

function isKnown(name: string): name is Known {
  return Object.hasOwn(KNOWN, name)
}

function decode(text: string, code: OtpErrorCode): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // Without the cause: an engine may quote the text in it.
    throw new OtpError(code, 'broken percent-encoding')
  }
}

function utf8Length(text: string): number {
  // The longest UTF-16 text is never longer than its UTF-8 form; spares encoding what is too long.
  if (text.length > LONGEST_URI_BYTES) return text.length
  return new TextEncoder().encode(text).length
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const charCode = text.charCodeAt(i)
    if (charCode < 32 || charCode === 127) return true
  }
  return false
}
