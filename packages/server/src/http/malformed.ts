/** What is no HTTP at all gets an answer in the same shape, and the connection ends. */
import type { Duplex } from 'node:stream'
import { problemBody } from './problems.ts'

export function answerMalformed(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const { code, line } = malformation(error.code)
  const body = JSON.stringify(problemBody(code))
  socket.end(
    [
      `HTTP/1.1 ${line}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'X-Content-Type-Options: nosniff',
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}

function malformation(code: string | undefined) {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { code: 'HEADERS_TOO_LARGE', line: '431 Request Header Fields Too Large' } as const
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { code: 'REQUEST_TOO_SLOW', line: '408 Request Timeout' } as const
  }
  return { code: 'REQUEST_INVALID', line: '400 Bad Request' } as const
}
