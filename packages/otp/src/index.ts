/**
 * `@halfminute/otp`: one-time passwords for any JavaScript runtime.
 *
 * Everything public is named here; files are not importable one by one. No I/O, no state.
 */
export { OTP_ERRORS, OtpError, type OtpErrorCode } from './errors.ts'
export { SHA1, type Algorithm, type Mac } from './hmac.ts'
export { Hotp, type HotpCheck, type HotpCheckOptions, type HotpOptions } from './hotp.ts'
export type { OtpOptions } from './parameters.ts'
export { parseUri } from './parse-uri.ts'
export { Secret } from './secret.ts'
export { SHA256, SHA512 } from './sha2.ts'
export { Totp, type TotpCheck, type TotpCheckOptions, type TotpOptions } from './totp.ts'
