/**
 * QR pictures of otpauth URIs, drawn here: no secret leaves for a picture (R42).
 * Promises: the quiet zone of 4 modules that ISO/IEC 18004 asks for, black on white in any theme.
 */
import { crc32, deflateSync } from 'node:zlib'
import encodeQR from 'qr'

const QUIET_ZONE = 4

function matrix(text: string): boolean[][] {
  return encodeQR(text, 'raw', { border: QUIET_ZONE, ecc: 'medium' })
}

/** An SVG that fills its box. Carries no text, so that the secret stands in it only as dots. */
export function qrSvg(text: string): string {
  const rows = matrix(text)
  let path = ''
  for (const [y, row] of rows.entries()) {
    for (let x = 0; x < row.length; x++) {
      if (row[x] !== true) continue
      const start = x
      while (row[x + 1] === true) x++
      path += `M${start} ${y}h${x - start + 1}v1H${start}z`
    }
  }
  const side = rows.length
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" ` +
    `width="${side * 6}" height="${side * 6}" role="img" aria-label="QR code" ` +
    `shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${side}v${side}H0z"/>` +
    `<path d="${path}"/></svg>`
  )
}

/**
 * A PNG with one bit per pixel.
 * @param scale pixels per module, default 8
 */
export function qrPng(text: string, scale = 8): Uint8Array {
  const rows = matrix(text)
  const side = rows.length * scale
  const lineBytes = Math.ceil(side / 8)
  const lines = Buffer.alloc(side * (lineBytes + 1), 0xff)
  for (let y = 0; y < side; y++) {
    const line = y * (lineBytes + 1)
    lines[line] = 0
    for (let x = 0; x < side; x++) {
      if (rows[Math.floor(y / scale)]?.[Math.floor(x / scale)] !== true) continue
      const at = line + 1 + (x >> 3)
      lines[at] = (lines[at] ?? 0) & ~(0x80 >> (x & 7))
    }
  }
  const size = Buffer.alloc(13)
  size.writeUInt32BE(side, 0)
  size.writeUInt32BE(side, 4)
  size[8] = 1
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      pngChunk('IHDR', size),
      pngChunk('IDAT', deflateSync(lines)),
      pngChunk('IEND', Buffer.alloc(0)),
    ]),
  )
}

/** Two modules per character, light modules drawn, for dark and light terminals alike. */
export function qrTerminal(text: string): string {
  const rows = matrix(text)
  const lines: string[] = []
  for (let y = 0; y < rows.length; y += 2) {
    const upper = rows[y] ?? []
    const lower = rows[y + 1]
    const cells = upper.map((dark, x) => {
      const below = lower === undefined || lower[x] === true
      if (dark) return below ? ' ' : '▄'
      return below ? '▀' : '█'
    })
    // Colours are set, so that the picture does not turn inside out on a light background.
    lines.push(`\u001B[97;40m${cells.join('')}\u001B[0m`)
  }
  return lines.join('\n')
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(data.length, 0)
  body.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(body), body.length + 4)
  return chunk
}
