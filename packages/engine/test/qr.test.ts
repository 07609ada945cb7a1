/** QR pictures: what a scanner reads out of them is the very URI. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { inflateSync } from 'node:zlib'
import { qrPng, qrSvg, qrTerminal } from '@halfminute/engine'
import { needs, openEngine, temporaryFolder } from './support.ts'

const URIS = [
  'otpauth://totp/ACME:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=ACME',
  'otpauth://totp/S%C3%B6hne%20%26%20Co:a%2Fb?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=S%C3%B6hne%20%26%20Co&algorithm=SHA512&digits=8&period=240',
  'A',
]
const QUIET_ZONE = 4

/** Which modules of an SVG are dark, read from its second path. */
function svgModules(svg: string): boolean[][] {
  const side = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1])
  const rows = Array.from({ length: side }, () => Array<boolean>(side).fill(false))
  const path = /<path d="([^"]*)"\/><\/svg>$/.exec(svg)?.[1] ?? ''
  const runs = [...path.matchAll(/M(\d+) (\d+)h(\d+)v1H(\d+)z/g)]
  assert.equal(runs.map(([text]) => text).join(''), path)
  for (const [, x, y, width, back] of runs) {
    assert.equal(x, back)
    for (let at = 0; at < Number(width); at++) {
      const row = rows[Number(y)] ?? assert.fail('a run outside the picture')
      row[Number(x) + at] = true
    }
  }
  return rows
}

/** Which modules of the terminal's picture are dark: two to a character, light ones drawn. */
function terminalModules(text: string): boolean[][] {
  const rows: boolean[][] = []
  for (const line of text.split('\n')) {
    assert.ok(line.startsWith('\u001B[97;40m') && line.endsWith('\u001B[0m'))
    const cells = line.slice('\u001B[97;40m'.length, -'\u001B[0m'.length)
    assert.match(cells, /^[ ▄▀█]+$/)
    rows.push(Array.from(cells, (cell) => cell === ' ' || cell === '▄'))
    rows.push(Array.from(cells, (cell) => cell === ' ' || cell === '▀'))
  }
  return rows
}

/** Which pixels of a PNG with one bit per pixel are black. */
function pngPixels(png: Uint8Array): boolean[][] {
  const bytes = Buffer.from(png)
  assert.equal(bytes.toString('latin1', 1, 4), 'PNG')
  const side = bytes.readUInt32BE(16)
  assert.deepEqual([bytes.readUInt32BE(20), ...bytes.subarray(24, 29)], [side, 1, 0, 0, 0, 0])
  assert.equal(bytes.toString('latin1', 37, 41), 'IDAT')
  const lines = inflateSync(bytes.subarray(41, 41 + bytes.readUInt32BE(33)))
  const stride = Math.ceil(side / 8) + 1
  assert.equal(lines.length, side * stride)
  return Array.from({ length: side }, (_, y) => {
    assert.equal(lines[y * stride], 0)
    return Array.from({ length: side }, (_unused, x) => {
      const byte = lines[y * stride + 1 + (x >> 3)] ?? 0
      return (byte & (0x80 >> (x & 7))) === 0
    })
  })
}

/** The modules as a greyscale picture (PGM), eight pixels to a module. */
function pgm(modules: boolean[][]): Buffer {
  const side = modules.length * 8
  const pixels = Buffer.alloc(side * side, 255)
  for (const [y, row] of modules.entries()) {
    for (const [x, dark] of row.entries()) {
      if (!dark) continue
      for (let line = 0; line < 8; line++) {
        const start = (y * 8 + line) * side + x * 8
        pixels.fill(0, start, start + 8)
      }
    }
  }
  return Buffer.concat([Buffer.from(`P5 ${side} ${side} 255\n`), pixels])
}

function scan(t: TestContext, name: string, picture: Uint8Array): string {
  const path = join(temporaryFolder(t), name)
  writeFileSync(path, picture)
  const { stdout, status } = spawnSync('zbarimg', ['--quiet', '--raw', path], { encoding: 'utf8' })
  assert.equal(status, 0)
  return stdout.replace(/\n$/, '')
}

test('a scanner reads the very URI from the PNG, at every scale [R42]', needs('zbarimg'), (t) => {
  for (const uri of URIS) {
    for (const scale of [3, 4, 7, 8]) assert.equal(scan(t, 'qr.png', qrPng(uri, scale)), uri)
  }
})

test('a scanner reads the very URI from the SVG [R42]', needs('zbarimg'), (t) => {
  for (const uri of URIS) assert.equal(scan(t, 'qr.pgm', pgm(svgModules(qrSvg(uri)))), uri)
})

test('a scanner reads the very URI from the terminal [R42]', needs('zbarimg'), (t) => {
  for (const uri of URIS) {
    const modules = terminalModules(qrTerminal(uri))
    assert.equal(scan(t, 'qr.pgm', pgm(modules.slice(0, modules[0]?.length))), uri)
  }
})

test('all three pictures hold the same modules', () => {
  for (const uri of URIS) {
    const modules = svgModules(qrSvg(uri))
    const side = modules.length
    assert.deepEqual(terminalModules(qrTerminal(uri)).slice(0, side), modules)
    assert.deepEqual(pngPixels(qrPng(uri, 1)), modules)
    const large = pngPixels(qrPng(uri, 5))
    for (const [y, row] of large.entries()) {
      for (const [x, black] of row.entries()) {
        assert.equal(black, modules[Math.floor(y / 5)]?.[Math.floor(x / 5)])
      }
    }
  }
})

/** Scanners need the quiet zone that ISO/IEC 18004 asks for; on a dark page a narrower one is none. */
test('four light modules stand on every side', () => {
  for (const uri of URIS) {
    const modules = svgModules(qrSvg(uri))
    const side = modules.length
    for (const [y, row] of modules.entries()) {
      for (const [x, dark] of row.entries()) {
        const outside = Math.min(x, y, side - 1 - x, side - 1 - y) < QUIET_ZONE
        if (outside) assert.equal(dark, false)
      }
    }
    const corner = modules[QUIET_ZONE]?.slice(QUIET_ZONE, QUIET_ZONE + 8)
    assert.deepEqual(corner, [true, true, true, true, true, true, true, false])
  }
})

/** A picture fetched from somewhere, or with the text beside the dots, would hand the secret on. */
test('the SVG of an enrolment loads nothing and spells nothing [R42]', async (t) => {
  const { engine } = openEngine(t)
  const wish = { accountId: 'app-user-1', kind: 'totp', name: 'phone' } as const
  const { qr, secret, uri } = await engine.authenticators.enrol(wish)
  assert.equal(qr.svg, qrSvg(uri))
  assert.ok(!qr.svg.includes(secret))
  const rest = qr.svg.replace('xmlns="http://www.w3.org/2000/svg"', '')
  assert.doesNotMatch(rest, /http|href|url\(|<script|<image|<text|<style|<title|on\w+=/i)
})
