/** Certificates for this machine that nobody but the test trusts. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** @param names such as `DNS:localhost,IP:127.0.0.1` */
export function selfSigned(names: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'halfminute-certificate-'))
  const [key, cert] = ['key', 'cert'].map((name) => join(folder, name)) as [string, string]
  try {
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    const what = ['-days', '2', '-subj', '/CN=mail', '-addext', `subjectAltName=${names}`]
    const files = ['-keyout', key, '-out', cert]
    execFileSync('openssl', ['req', ...kind, ...what, ...files], { stdio: 'ignore' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
