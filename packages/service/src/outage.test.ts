import { describe, expect, it } from 'vitest'
import { problemOf } from './http-errors.ts'

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code })

describe('an error below a route', () => {
  it.each([
    ['a refused connection', coded('ECONNREFUSED')],
    ['a server that shuts down', coded('57P01')],
    ['no free connection', coded('53300')],
    ['a lost connection, without a code', new Error('Connection terminated unexpectedly')],
    ['any of them as a cause', new Error('Invalid invocation', { cause: coded('ECONNRESET') })],
  ])('that is %s is answered 503, to be asked again', (_name, error) => {
    const problem = problemOf(error)
    expect(problem.statusCode).toBe(503)
    expect(problem.headers['retry-after']).toBe('2')
  })

  it('of any other kind is a fault of ours', () => {
    expect(problemOf(coded('42P01')).statusCode).toBe(500)
    const cycle = new Error('a')
    cycle.cause = cycle
    expect(problemOf(cycle).statusCode).toBe(500)
  })
})
