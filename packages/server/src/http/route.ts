/** One way to write a route down: method, path, what comes in, what goes out, which refusals to expect. */
import { createRoute } from '@hono/zod-openapi'
import type { z } from '@hono/zod-openapi'
import { PROBLEMS } from './problems.ts'
import type { ProblemCode } from './problems.ts'
import { ProblemShape } from './shapes.ts'

const PICTURE = { type: 'string', format: 'binary' } as const

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

interface Answer {
  readonly status: number
  readonly shape?: z.ZodType
  /** A PNG picture instead of JSON. */
  readonly picture?: true
  readonly text: string
}

export function route<
  const M extends Method,
  const P extends string,
  Body extends z.ZodType = never,
  Parameters extends z.ZodObject = never,
  Query extends z.ZodObject = never,
>(definition: {
  method: M
  path: P
  summary: string
  body?: Body
  params?: Parameters
  /** Query strings reach logs and histories elsewhere: nothing about a person. */
  query?: Query
  answer: Answer
  refusals?: readonly ProblemCode[]
}) {
  const { method, path, summary, body, params, query, answer, refusals = [] } = definition
  const responses: Record<number, { description: string; content?: object }> = {
    [answer.status]: {
      description: answer.text,
      ...(answer.shape && { content: { 'application/json': { schema: answer.shape } } }),
      ...(answer.picture && { content: { 'image/png': { schema: PICTURE } } }),
    },
  }
  const all = [...refusals, ...alwaysPossible(method, body !== undefined)]
  const needsSession = refusals.includes('SESSION_REQUIRED')
  for (const code of all) {
    const { status, text } = PROBLEMS[code]
    const before = responses[status]?.description
    responses[status] = {
      description: before === undefined ? `${code}: ${text}` : `${before} ${code}: ${text}`,
      content: { 'application/problem+json': { schema: ProblemShape } },
    }
  }
  return createRoute({
    method,
    path,
    summary,
    ...(needsSession && { security: [{ session: [] }] }),
    request: {
      ...(body && { body: { required: true, content: { 'application/json': { schema: body } } } }),
      ...(params && { params }),
      ...(query && { query }),
    } as {
      body: { required: true; content: { 'application/json': { schema: Body } } }
      params: Parameters
      query: Query
    },
    responses,
  })
}

/** What any route of this kind may answer, whatever it does. */
function alwaysPossible(method: Method, hasBody: boolean): ProblemCode[] {
  return [
    'STORE_UNAVAILABLE',
    ...(method === 'get' ? [] : (['CROSS_ORIGIN'] as const)),
    ...(hasBody ? (['REQUEST_INVALID', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const) : []),
  ]
}
